package crmtest

import (
	"context"
	"testing"

	"github.com/99designs/gqlgen/graphql"

	"klantkaart/db"
)

// Must gives the answer of a verb, and ends the test when there is an error instead.
func Must[T any](answer T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

// Text is a given text of an input.
func Text(text string) graphql.Omittable[*string] { return graphql.OmittableOf(&text) }

// Given is a given value of an input.
func Given[T any](value T) graphql.Omittable[*T] { return graphql.OmittableOf(&value) }

// List is a given list of an input.
func List[T any](values ...T) graphql.Omittable[[]T] { return graphql.OmittableOf(values) }

// Null is a value of an input that clears the field.
func Null[T any]() graphql.Omittable[*T] { return graphql.OmittableOf[*T](nil) }

// insert writes a row that no verb makes.
func (o *Office) insert(table string, row map[string]any) {
	o.t.Helper()
	err := o.DB.Write(db.Everywhere(o.t.Context()), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.NewInsert().Table(table).Model(&row).Exec(ctx)
		return err
	})
	if err != nil {
		o.t.Fatalf("insert into %s: %v", table, err)
	}
}
