// Package account knows who may ask the recognition service: organisations,
// their users, what each role may do, how a password is checked without being
// kept, and which workstation tokens are good at this moment.
package account
