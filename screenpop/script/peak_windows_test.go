package script

import "os"

// peakMemory is not told by this system; the job object bounds it.
func peakMemory(*os.ProcessState) int64 { return 0 }
