// Package history knows which calls there were: it keeps them encrypted on this
// computer, finds them again, and forgets them for good.
//
// The file is a header and a row of sealed records (file.go). What happened is
// only ever appended; what must be forgotten is not marked but gone: forgetting
// and retention write the file anew without it, and Clear destroys the key.
// Private calls never reach this room; that is the caller's duty.
package history
