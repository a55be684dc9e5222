// Package store knows how recognition data and settings lie on disk: one file
// of contacts for each organisation, one file of settings and accounts for the
// service, who may read them (their owner alone: nothing in them is encrypted,
// of passwords and tokens there are only hashes), what is overwritten when it
// is deleted, and in which order the records of one number are given.
package store
