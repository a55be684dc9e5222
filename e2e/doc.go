// Package e2e knows what a user sees: it drives the programs as built, with a
// real voice platform and phones, a display, a session bus, a keyring and a
// browser stand-in, and holds the result against the journeys of the agent.
package e2e
