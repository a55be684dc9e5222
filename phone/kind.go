package phone

import (
	"slices"

	"github.com/nyaruka/phonenumbers/v2"
)

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

// kindOf translates the library's word. Voicemail access numbers are dialled
// by the subscriber alone and stay unknown, so that they are asked about.
func kindOf(t phonenumbers.PhoneNumberType) Kind {
	switch t {
	case phonenumbers.FIXED_LINE:
		return Fixed
	case phonenumbers.MOBILE:
		return Mobile
	case phonenumbers.FIXED_LINE_OR_MOBILE:
		return FixedOrMobile
	case phonenumbers.TOLL_FREE:
		return TollFree
	case phonenumbers.SHARED_COST:
		return SharedCost
	case phonenumbers.PREMIUM_RATE:
		return Premium
	case phonenumbers.VOIP:
		return VoIP
	case phonenumbers.PERSONAL_NUMBER:
		return Personal
	case phonenumbers.UAN:
		return UAN
	case phonenumbers.PAGER:
		return Pager
	}
	return Unknown
}
