// Package recognitiontest knows what every recogniser and every directory must
// do, whatever stands behind it: memory, a database, a connection, a cache.
package recognitiontest
