package script

// Layer is one layer of the containment and whether it is active on this
// machine; `ctiagent check` and the diagnostics show them.
type Layer struct {
	Name   string `json:"name"` // a code; diag.layer.NAME has the words
	Active bool   `json:"active"`
	Note   string `json:"note,omitempty"` // why not, or what exactly
}

// Codes of the layers.
const (
	LayerKill        = "kill"        // the parent ends the child after the limit
	LayerEnvironment = "environment" // empty, and no open files
	LayerLimits      = "rlimit"      // limits of resources
	LayerMemory      = "memory"      // limit of memory
	LayerSeccomp     = "seccomp"     // system calls
	LayerLandlock    = "landlock"    // files and network
	LayerJob         = "job"         // job object of Windows
)
