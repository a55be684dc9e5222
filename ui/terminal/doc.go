// Package terminal knows how the agent looks where there is no display: one
// line for each thing that happens, and a few words to type.
package terminal
