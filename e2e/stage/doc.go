// Package stage knows how to set the whole system up on loopback around a
// voice platform that is already there: the recognition service with sample
// contacts and scripts, a small CRM that remembers which pages were opened,
// and the agent as built, in directories of its own. The demo, the end-to-end
// tests and the benchmarks play on it.
package stage
