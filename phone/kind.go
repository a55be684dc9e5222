package phone

import "slices"

// Kind is what sort of number it is; the words are the same in JSON, in
// cti.d.ts and in the windows.
type Kind string

const (
	Fixed         Kind = "fixed"
	Mobile        Kind = "mobile"
	FixedOrMobile Kind = "fixedOrMobile"
	TollFree      Kind = "tollFree"
	SharedCost    Kind = "sharedCost"
	Premium       Kind = "premium"
	VoIP          Kind = "voip"
	Personal      Kind = "personal"
	UAN           Kind = "uan"
	Pager         Kind = "pager"
	Short         Kind = "short"
	Emergency     Kind = "emergency"
	FeatureCode   Kind = "featureCode"
	Internal      Kind = "internal"
	Unknown       Kind = "unknown"
)

// kinds gives each kind its place in the packed form of a Number. It is never
// stored, so that the order may change.
var kinds = [...]Kind{
	Unknown, Fixed, Mobile, FixedOrMobile, TollFree, SharedCost, Premium, VoIP,
	Personal, UAN, Pager, Short, Emergency, FeatureCode, Internal,
}

func (k Kind) index() byte { return byte(max(0, slices.Index(kinds[:], k))) }
