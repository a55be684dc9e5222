package script

// Layer is one layer of the containment and whether it is active on this
// machine; `ctiagent check` and the diagnostics show them.
type Layer struct {
	Name   string `json:"name"`
	Active bool   `json:"active"`
	Note   string `json:"note,omitempty"` // why not, or what exactly
}

// Names of the layers.
const (
	LayerKill        = "parent kills after the limit"
	LayerEnvironment = "empty environment and no open files"
	LayerLimits      = "resource limits"
	LayerMemory      = "memory limit"
	LayerSeccomp     = "system calls (seccomp)"
	LayerLandlock    = "files and network (Landlock)"
	LayerJob         = "job object"
)
