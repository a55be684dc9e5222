package script

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// confine prepares the start of a child: no console window flashes up.
func confine(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}

// adopt puts a started child into a job of its own: so much memory, one
// process, dead when the handle is closed. The child has seen no script yet,
// so it need not be started suspended.
func adopt(p *os.Process) (release func(), err error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return nil, fmt.Errorf("create a job object: %w", err)
	}
	release = func() { _ = windows.CloseHandle(job) }
	info := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{
		BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{
			LimitFlags: windows.JOB_OBJECT_LIMIT_PROCESS_MEMORY | windows.JOB_OBJECT_LIMIT_ACTIVE_PROCESS |
				windows.JOB_OBJECT_LIMIT_PROCESS_TIME | windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE |
				windows.JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION,
			ActiveProcessLimit:      1,
			PerProcessUserTimeLimit: cpuSeconds * 10_000_000, // units of 100 ns
		},
		ProcessMemoryLimit: memoryBytes,
	}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info))) //nolint:gosec // the call takes a pointer
	if err != nil {
		release()
		return nil, fmt.Errorf("set the limits of the job object: %w", err)
	}
	process, err := windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(p.Pid)) //nolint:gosec // process ids fit
	if err != nil {
		release()
		return nil, fmt.Errorf("open the process: %w", err)
	}
	defer windows.CloseHandle(process) //nolint:errcheck // nothing could be done
	if err := windows.AssignProcessToJobObject(job, process); err != nil {
		release()
		return nil, fmt.Errorf("assign the process to the job object: %w", err)
	}
	return release, nil
}

// parentLayers are those that the parent puts up itself: without the job
// adopt fails and no script runs.
func parentLayers() []Layer {
	return []Layer{{Name: LayerJob, Active: true, Note: "160 MiB, one process, ends with the agent"}}
}
