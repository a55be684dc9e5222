// Package script knows how to run a script that somebody else wrote without
// trusting it: in a child process that can do nothing but think for a tenth of
// a second, is given a call as data and gives back wishes as data.
//
// The language itself (goja) is the fence, the process and what the operating
// system takes away from it is the wall, and the narrow frames between parent
// and child are the gate. No Go value ever enters the script's world, and
// nothing that comes out is believed: the caller checks every wish.
package script
