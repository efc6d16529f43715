package db

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"
)

// Tx is a running transaction.
type Tx struct {
	Conn
	after []func()
}

// AfterCommit runs the function once the transaction is durable. It does not run after a rollback.
func (t *Tx) AfterCommit(f func()) { t.after = append(t.after, f) }

// firstRest is how long a transaction that lost rests at most, before it doubles.
const firstRest = 5 * time.Millisecond

// maxTries bounds how often a transaction that lost to another one is tried again.
const maxTries = 4

// Write runs the function in one transaction: all of it happens, or nothing. A transaction that the
// engine aborted in favour of another (deadlock, serialization) is run again from the start, so the
// function must not have effects outside of it; those belong in AfterCommit.
func (d *DB) Write(ctx context.Context, f func(ctx context.Context, tx *Tx) error) error {
	var tx *Tx
	err := error(nil)
	for i := range maxTries {
		if i > 0 {
			rest(ctx, i)
		}
		tx, err = d.try(ctx, f)
		if !errors.Is(err, errRetry) {
			break
		}
	}
	if err != nil {
		return err
	}
	for _, run := range tx.after {
		run()
	}
	return nil
}

// rest waits for a while that differs from that of others, longer each time: two that were both aborted would meet again.
func rest(ctx context.Context, tries int) {
	select {
	case <-ctx.Done():
	case <-time.After(rand.N(firstRest << tries)): //nolint:gosec // nobody gains by guessing it
	}
}

// Snapshot runs the function on the store as it is at one moment, whatever is written meanwhile. It only reads.
func (d *DB) Snapshot(ctx context.Context, f func(ctx context.Context, conn Conn) error) error {
	options := &sql.TxOptions{ReadOnly: true}
	if d.engine == Postgres {
		options.Isolation = sql.LevelRepeatableRead // a transaction of SQLite sees one moment by itself
	}
	return translate(d.reader.RunInTx(ctx, options, func(ctx context.Context, btx bun.Tx) error {
		return f(ctx, Conn{IDB: btx, db: d, raw: btx.Tx})
	}))
}

func (d *DB) try(ctx context.Context, f func(ctx context.Context, tx *Tx) error) (*Tx, error) {
	var tx *Tx
	err := d.writer.RunInTx(ctx, &sql.TxOptions{}, func(ctx context.Context, btx bun.Tx) error {
		tx = &Tx{Conn: Conn{IDB: btx, db: d, raw: btx.Tx}}
		return f(ctx, tx)
	})
	return tx, translate(err)
}
