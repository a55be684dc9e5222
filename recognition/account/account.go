package account

import (
	"context"
	"errors"
	"slices"
	"time"
)

// OrganisationID names a customer of the service; everything is keyed by it.
type OrganisationID string

// Organisation is one customer of the service.
type Organisation struct {
	ID   OrganisationID
	Name string
}

// UserID is unique within its organisation and never changes.
type UserID string

// User is a person, or a program with a responsible person, who may sign in.
type User struct {
	Organisation OrganisationID
	ID           UserID
	Name         string // as NormaliseName gives it; unique in the whole service
	Roles        []Role
	Disabled     bool
	Created      time.Time
}

// Role is what somebody does in the organisation. Roles carry rights; a user
// has no right but through a role.
type Role string

const (
	Agent         Role = "agent"
	Configurator  Role = "configurator"
	Administrator Role = "administrator"
)

// Right is one thing that an operation of the service asks for.
type Right string

const (
	Recognise        Right = "recognise"          // look numbers up, fetch scripts
	WriteDirectory   Right = "write-directory"    // load, remove and drop contacts
	ManageScripts    Right = "manage-scripts"     // add and remove scripts
	ManageUsers      Right = "manage-users"       // add and disable users
	ManageOwnAccount Right = "manage-own-account" // end own sign-ins, change own password
)

// Roles is the table of who may do what, in the order of the documentation.
func Roles() []Role { return []Role{Agent, Configurator, Administrator} }

// AllRights lists every right, in the order of the documentation.
func AllRights() []Right {
	return []Right{Recognise, WriteDirectory, ManageScripts, ManageUsers, ManageOwnAccount}
}

// Rights of a role; nil for one that does not exist.
func (r Role) Rights() []Right {
	switch r {
	case Agent:
		return []Right{Recognise, ManageOwnAccount}
	case Configurator:
		return []Right{WriteDirectory, ManageScripts, ManageOwnAccount}
	case Administrator:
		return []Right{ManageUsers, ManageOwnAccount}
	}
	return nil
}

// May reports whether one of the user's roles has the right.
func (u User) May(right Right) bool {
	if u.Disabled {
		return false
	}
	return slices.ContainsFunc(u.Roles, func(r Role) bool { return slices.Contains(r.Rights(), right) })
}

// TokenHash is SHA-256 of a token: all that is stored of it.
type TokenHash [32]byte

// Token is the sign-in of one workstation.
type Token struct {
	Hash         TokenHash
	Organisation OrganisationID
	User         UserID
	Workstation  string // as the workstation calls itself, for the list of sign-ins
	Created      time.Time
}

// Store keeps accounts. Any goroutine may call any method.
type Store interface {
	CreateOrganisation(ctx context.Context, o Organisation) error // ErrExists
	Organisations(ctx context.Context) ([]Organisation, error)

	CreateUser(ctx context.Context, u User, passwordHash string) error // ErrExists, ErrNoOrganisation
	// UserByName gives the user and the password hash, or ErrNoUser.
	UserByName(ctx context.Context, name string) (User, string, error)
	Users(ctx context.Context, org OrganisationID) ([]User, error)
	SetPassword(ctx context.Context, org OrganisationID, id UserID, passwordHash string) error
	// SetDisabled also deletes the user's tokens when it disables.
	SetDisabled(ctx context.Context, org OrganisationID, id UserID, disabled bool) error

	CreateToken(ctx context.Context, t Token) error
	// UserByToken gives the user of a token, or ErrNoUser.
	UserByToken(ctx context.Context, h TokenHash) (User, error)
	DeleteToken(ctx context.Context, h TokenHash) error // none is no error

	// Generation changes whenever accounts or tokens have.
	Generation() uint64
}

// Errors of this package.
var (
	ErrExists         = errors.New("account: the name is taken")
	ErrNoUser         = errors.New("account: there is no such user")
	ErrNoOrganisation = errors.New("account: there is no such organisation")
	ErrPolicy         = errors.New("account: the password does not satisfy the rules")
	ErrBadName        = errors.New("account: this cannot be a user name")
)
