package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"klantkaart/crm"
)

// withOffices does something with the offices of the installation and the files that they keep.
func withOffices(ctx context.Context, config Config, do func(offices *crm.Offices) error) error {
	kept, err := openFiles(config)
	if err != nil {
		return err
	}
	defer kept.Close()
	store, err := openStore(ctx, config)
	if err != nil {
		return err
	}
	services, err := crm.New(store, crm.Options{Files: kept})
	if err == nil {
		err = asMisuse(do(services.Offices))
	}
	return errors.Join(err, store.Close())
}

func listOffices(ctx context.Context, p program, config Config) error {
	return withOffices(ctx, config, func(offices *crm.Offices) error {
		all, err := offices.All(ctx)
		for _, office := range all {
			state := "open"
			if office.SuspendedAt != nil {
				state = "suspended since " + office.SuspendedAt.UTC().Format(time.RFC3339)
			}
			fmt.Fprintf(p.out, "%s\t%s\tfounded %s\t%s\n", office.ID, office.Name, office.CreatedAt.UTC().Format(time.DateOnly), state)
		}
		return err
	})
}

func suspendOffice(ctx context.Context, p program, config Config) error {
	return withOffices(ctx, config, func(offices *crm.Offices) error {
		office, err := offices.Suspend(ctx, crm.ID(p.own["id"]))
		if err == nil {
			fmt.Fprintf(p.out, "%s is suspended: nobody is let in; what is open closes within ten seconds\n", office.Name)
		}
		return err
	})
}

func resumeOffice(ctx context.Context, p program, config Config) error {
	return withOffices(ctx, config, func(offices *crm.Offices) error {
		office, err := offices.Resume(ctx, crm.ID(p.own["id"]))
		if err == nil {
			fmt.Fprintf(p.out, "%s is let in again\n", office.Name)
		}
		return err
	})
}

func deleteOffice(ctx context.Context, p program, config Config) error {
	return withOffices(ctx, config, func(offices *crm.Offices) error {
		err := offices.Delete(ctx, crm.ID(p.own["id"]), p.own["name"])
		if err == nil {
			fmt.Fprintf(p.out, "%s is deleted, with all its cards and files; backups still have them\n", p.own["name"])
		}
		return err
	})
}
