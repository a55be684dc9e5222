// Package phone knows what a telephone number is: how people, platforms and
// links write it, what it means at this site, and which ones may be dialled.
//
// It is the only room that speaks to the phone-number library, so that
// "normalised" has one meaning in the whole program.
//
// Text comes in by three doors: Parse and ParseAll for what people and
// databases write, ParseURI for links, FromNetwork for what platforms report.
// Behind all of them stands resolve, where the site's dial plan meets the
// numbering plans of the world. Decide stands before dialling.
//
// The package is longer than most because each of these has a grammar of its
// own, and because ranges.go folds the library's tables into one that answers
// in nanoseconds what a service asks at every lookup.
//
// It is above two thousand lines because people, links, platforms and databases
// each write numbers in a way of their own, and all must mean the same.
package phone
