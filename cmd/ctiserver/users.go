package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"example.org/ctiagent/credstore"
	"example.org/ctiagent/recognition/account"
	"example.org/ctiagent/recognition/service"
)

func initialise(ctx context.Context, c *call) error {
	if _, err := os.Stat(service.SettingsFile(c.dir)); err == nil {
		return fmt.Errorf("%s has a service already; add users with ctiserver user add", c.dir)
	}
	roles, err := c.roleList(account.Roles())
	if err != nil {
		return err
	}
	password, err := c.newPassword()
	if err != nil {
		return err
	}
	err = service.Init(ctx, service.Config{Dir: c.dir, Log: c.logger()}, service.First{
		Organisation: account.Organisation{ID: account.OrganisationID(c.org), Name: c.org},
		User:         c.user, Password: password, Roles: roles,
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "made organisation %s with user %s in %s\n", c.org, c.user, c.dir)
	return nil
}

func userAdd(ctx context.Context, c *call) error {
	roles, err := c.roleList([]account.Role{account.Agent})
	if err != nil {
		return err
	}
	return c.withOrganisation(ctx, func(org *service.Organisation) error {
		password, err := c.newPassword()
		if err != nil {
			return err
		}
		if err := org.AddUser(ctx, c.user, password, roles...); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "added %s\n", c.user)
		return nil
	})
}

func userList(ctx context.Context, c *call) error {
	return c.withOrganisation(ctx, func(org *service.Organisation) error {
		users, err := org.Users(ctx)
		for _, u := range users {
			state := ""
			if u.Disabled {
				state = "  (disabled)"
			}
			fmt.Fprintf(c.out, "%s  %v%s\n", u.Name, u.Roles, state)
		}
		return err
	})
}

func userDisable(ctx context.Context, c *call) error {
	if c.user == "" {
		return fmt.Errorf("--user is missing (%w)", errUsage)
	}
	return c.withOrganisation(ctx, func(org *service.Organisation) error {
		if err := org.DisableUser(ctx, c.user); err != nil {
			return err
		}
		fmt.Fprintf(c.out, "disabled %s; all sign-ins are ended\n", c.user)
		return nil
	})
}

// roleList reads --user and --roles, before anybody is asked for a password.
func (c *call) roleList(otherwise []account.Role) ([]account.Role, error) {
	if c.user == "" {
		return nil, fmt.Errorf("--user is missing (%w)", errUsage)
	}
	if _, err := account.NormaliseName(c.user); err != nil {
		return nil, err
	}
	if c.roles == "" {
		return otherwise, nil
	}
	var roles []account.Role
	for name := range strings.SplitSeq(c.roles, ",") {
		role := account.Role(strings.TrimSpace(name))
		if role.Rights() == nil {
			return nil, fmt.Errorf("there is no role %q; roles are %v (%w)", role, account.Roles(), errUsage)
		}
		roles = append(roles, role)
	}
	return roles, nil
}

// newPassword asks at a terminal, twice and unseen, or reads one line of
// standard input. A password is never an argument: those are seen by every
// user of the machine.
func (c *call) newPassword() (credstore.Secret, error) {
	if f, ok := c.in.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		first, err := c.ask(f, "Password: ")
		if err != nil {
			return credstore.Secret{}, err
		}
		again, err := c.ask(f, "Once more: ")
		if err != nil {
			return credstore.Secret{}, err
		}
		if first != again {
			return credstore.Secret{}, errors.New("the two passwords differ")
		}
		return credstore.NewSecret(first), nil
	}
	line, err := bufio.NewReader(io.LimitReader(c.in, 4096)).ReadString('\n')
	if line = strings.TrimRight(line, "\r\n"); line == "" {
		return credstore.Secret{}, errors.New("no password: give it at the terminal or as a line on standard input")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return credstore.Secret{}, err
	}
	return credstore.NewSecret(line), nil
}

func (c *call) ask(f *os.File, prompt string) (string, error) {
	fmt.Fprint(c.err, prompt)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(c.err)
	return string(b), err
}
