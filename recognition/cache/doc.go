// Package cache knows for how long a workstation may believe an answer it has
// had: a burst of events for one call asks the service once.
package cache
