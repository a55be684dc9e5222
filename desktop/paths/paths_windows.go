package paths

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// PolicyFile is the administrator's file. It is not under ProgramData, where
// any user may create a folder that does not exist yet.
func PolicyFile() string {
	dir, err := windows.KnownFolderPath(windows.FOLDERID_ProgramFiles, windows.KF_FLAG_DEFAULT)
	if err != nil {
		dir = `C:\Program Files`
	}
	return filepath.Join(dir, App, "policy.toml")
}

func defaults() (Dirs, error) {
	roaming, err := windows.KnownFolderPath(windows.FOLDERID_RoamingAppData, windows.KF_FLAG_DEFAULT)
	if err != nil {
		return Dirs{}, err
	}
	local, err := windows.KnownFolderPath(windows.FOLDERID_LocalAppData, windows.KF_FLAG_DEFAULT)
	if err != nil {
		return Dirs{}, err
	}
	local = filepath.Join(local, App)
	return Dirs{
		Config:  filepath.Join(roaming, App),
		Data:    filepath.Join(local, "data"),
		State:   filepath.Join(local, "state"),
		Cache:   filepath.Join(local, "cache"),
		Runtime: filepath.Join(local, "run"),
	}, nil
}

// owned holds for every directory here: they lie in the profile of the user,
// which Windows closes to others by inherited access control lists.
func owned(dir string) bool {
	info, err := os.Lstat(dir)
	return err == nil && info.IsDir()
}

func closeToOthers(string, os.FileInfo) error { return nil }
