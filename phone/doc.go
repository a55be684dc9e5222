// Package phone knows what a telephone number is: how people, platforms and
// links write it, what it means at this site, and which ones may be dialled.
//
// It is the only room that speaks to the phone-number library, so that
// "normalised" has one meaning in the whole program.
package phone
