// Package paths knows where the program keeps its files on each operating
// system, and that nobody else may read them.
//
// Every path, with <app> being "ctiagent":
//
//	          Linux                                 macOS                                          Windows
//	Config    $XDG_CONFIG_HOME/<app>                ~/Library/Application Support/<app>/config     %AppData%\<app>
//	Data      $XDG_DATA_HOME/<app>                  ~/Library/Application Support/<app>/data       %LocalAppData%\<app>\data
//	State     $XDG_STATE_HOME/<app>                 ~/Library/Application Support/<app>/state      %LocalAppData%\<app>\state
//	Cache     $XDG_CACHE_HOME/<app>                 ~/Library/Caches/<app>                         %LocalAppData%\<app>\cache
//	Runtime   $XDG_RUNTIME_DIR/<app>                $TMPDIR/<app>-<uid>                            %LocalAppData%\<app>\run
//	          else /run/user/<uid>/<app>
//	          else /tmp/<app>-<uid>
//	Policy    /etc/<app>/policy.toml                /Library/Application Support/<app>/policy.toml %ProgramFiles%\<app>\policy.toml
//
// The Linux defaults are those of the XDG Base Directory Specification
// (~/.config, ~/.local/share, ~/.local/state, ~/.cache). An absolute path in
// an XDG_* variable wins on every system; that is also how tests move
// everything into a directory of their own. The policy file cannot be moved:
// it is the administrator's, in a place that only administrators may write.
package paths
