// Package screenpop knows what a call may open on the user's screen: which of
// the organisation's scripts run for it, which of their wishes are granted,
// and what a link must look like before anything opens it.
package screenpop
