// Package recognition knows whose number it is: what a lookup asks, what an
// answer holds, and who may load the directory it is answered from.
package recognition
