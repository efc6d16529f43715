package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
)

// ordinaryRole is whom the border between offices holds back.
const ordinaryRole = "klantkaart_bench_ordinary"

// measureBorder compares the server as an ordinary role of PostgreSQL, behind the border between offices, with the same
// server as a role that the border does not hold back. They are the two sides of the table; both have one office.
func (b *bench) measureBorder(ctx context.Context) (err error) {
	p, err := b.plan()
	if err != nil {
		return err
	}
	p.same = true
	o, free, err := b.office(ctx, b.customers)
	if err != nil {
		return err
	}
	held, err := asOrdinary(ctx, free)
	if err != nil {
		return fmt.Errorf("make an ordinary role the owner: %w", err)
	}
	binary, err := buildProduct(ctx, b.work)
	if err != nil {
		return err
	}
	behind, err := startProduct(ctx, "behind", b.work, binary, held)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, behind.stop()) }()
	past, err := startProduct(ctx, "past", b.work, binary, free)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, past.stop()) }()
	if p.meter, err = newMeter(ctx, free); err != nil {
		return err
	}
	defer p.meter.close()
	s, err := draw(ctx, o, behind)
	if err != nil {
		return err
	}
	fmt.Fprintln(b.out, "the server behind the border, and in the place of the limit the server past it")
	fmt.Fprintln(b.out, heading)
	return p.run(ctx, s, behind, past, b.out)
}

// asOrdinary gives all tables of a database to an ordinary role, and the URL with which that comes in.
func asOrdinary(ctx context.Context, database string) (string, error) {
	address, err := url.Parse(database)
	if err != nil || address.Scheme == "sqlite" {
		return "", errors.New("the border is PostgreSQL's")
	}
	conn, err := pgx.Connect(ctx, database)
	if err != nil {
		return "", err
	}
	defer conn.Close(ctx)
	password := rand.Text()
	_, err = conn.Exec(ctx, `DO $$ DECLARE one record; BEGIN
		BEGIN CREATE ROLE `+ordinaryRole+`; EXCEPTION WHEN duplicate_object THEN NULL; END;
		ALTER ROLE `+ordinaryRole+` LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '`+password+`';
		ALTER SCHEMA public OWNER TO `+ordinaryRole+`;
		FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
			EXECUTE format('ALTER TABLE public.%I OWNER TO `+ordinaryRole+`', one.tablename);
		END LOOP;
		FOR one IN SELECT p.oid::regprocedure AS name FROM pg_proc AS p LEFT JOIN pg_depend AS d ON d.objid = p.oid AND d.deptype = 'e'
			WHERE p.pronamespace = 'public'::regnamespace AND d.objid IS NULL LOOP
			EXECUTE format('ALTER FUNCTION %s OWNER TO `+ordinaryRole+`', one.name);
		END LOOP; END $$`)
	if err != nil {
		return "", err
	}
	address.User = url.UserPassword(ordinaryRole, password)
	return address.String(), nil
}
