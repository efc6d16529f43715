package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"klantkaart/crm"
	"klantkaart/db"
)

// foundOffice makes an office with its first administrator: how a production installation begins.
func foundOffice(ctx context.Context, p program, config Config) error {
	var founded *crm.Organization
	err := p.withPassword(ctx, config, func(store *db.DB, password string) (err error) {
		founded, err = found(ctx, store, crm.NewOffice{
			Name: p.own["name"], Administrator: p.own["administrator"], Email: p.own["email"], Password: password})
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%s is founded as %s; %s may sign in\n", founded.Name, founded.ID, p.own["email"])
	return nil
}

// withPassword does something in the store with the password that the operator gives.
func (p program) withPassword(ctx context.Context, config Config, do func(store *db.DB, password string) error) error {
	password, err := p.password()
	if err != nil {
		return err
	}
	store, err := openStore(ctx, config)
	if err != nil {
		return err
	}
	return errors.Join(do(store, password), store.Close())
}

// password is the first line of what the operator gives.
func (p program) password() (string, error) {
	line, err := bufio.NewReader(p.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

// allowPasswords gives the office of an administrator a way in beside its provider, which is gone.
func allowPasswords(ctx context.Context, p program, config Config) error {
	changed := 0
	err := p.withPassword(ctx, config, func(store *db.DB, password string) (err error) {
		changed, err = letIn(ctx, store, config, p.own["email"], password)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "%d identity providers no longer refuse passwords; %s may sign in with the new one\n", changed, p.own["email"])
	return nil
}

func letIn(ctx context.Context, store *db.DB, config Config, email, password string) (changed int, err error) {
	sender, err := openMail(config)
	if err != nil {
		return 0, err
	}
	services, err := crm.New(store, crm.Options{Mail: sender, Accounts: config.accountLinks()})
	if err != nil {
		return 0, err
	}
	changed, err = services.Accounts.AllowPasswords(ctx, email, password)
	return changed, asMisuse(err)
}

func found(ctx context.Context, store *db.DB, office crm.NewOffice) (*crm.Organization, error) {
	services, err := crm.New(store, crm.Options{})
	if err != nil {
		return nil, err
	}
	founded, err := services.Offices.Found(ctx, office)
	return founded, asMisuse(err)
}

// asMisuse is the error, as one of the operator's when the business refuses what was given.
func asMisuse(err error) error {
	if faults := crm.FaultsOf(err); len(faults) > 0 {
		return misuse{sentences(faults)}
	}
	return err
}

func sentences(faults crm.Faults) string {
	told := make([]string, len(faults))
	for i, fault := range faults {
		told[i] = strings.Join(fault.Path, ".") + ": " + fault.Text.EN
	}
	return strings.Join(told, " ")
}
