package main

import (
	"context"
	"errors"
	"time"
)

// fate is what befalls a connection of a reader, beside what the nemesis does.
type fate struct {
	kind     string
	at       time.Duration
	vanished bool
}

// The fates.
const (
	fateNone   = ""
	fateStall  = "stall"  // it stops reading for a while
	fateVanish = "vanish" // it is gone without a word; the node must find out
	fateTear   = "tear"   // it breaks in the middle of a frame
	fateLeave  = "leave"  // it leaves, and comes back at once
	fateSleep  = "sleep"  // it leaves, and comes back when the log no longer reaches back so far
)

var errFate = errors.New("fate")

// fate draws what befalls the next connection.
func (r *reader) fate() *fate {
	f := &fate{at: r.now() + time.Duration(float64(r.length.fateAfter)*(0.3+1.4*r.dice.Float64()))}
	switch roll := r.dice.IntN(100); {
	case r.number == loneReader:
		f.kind = fateLeave
	case roll < 12:
		f.kind = fateStall
	case roll < 22:
		f.kind = fateVanish
	case roll < 34:
		f.kind = fateTear
	case roll < 60:
		f.kind = fateLeave
	case roll < 68:
		f.kind = fateSleep
	}
	return f
}

// befall does what is due. An error ends the connection.
func (f *fate) befall(ctx context.Context, r *reader, s link) error {
	if f.kind == fateNone || r.now() < f.at || r.quiet.Load() {
		return nil
	}
	kind := f.kind
	f.kind = fateNone
	switch kind {
	case fateStall:
		began := r.now()
		sleep(ctx, time.Duration(float64(r.length.stall)*(0.2+0.8*r.dice.Float64())))
		r.noteAll(step{kind: stepStall, at: began, until: r.now()})
		return nil
	case fateVanish:
		f.vanished = true
		s.silence()
		r.bury(s)
	case fateTear:
		s.breakAfter(1 + r.dice.IntN(3000))
		return nil
	case fateSleep:
		s.leave()
		r.noteAll(step{kind: stepClosed, detail: errFate.Error()})
		r.oversleep(ctx)
	}
	return errFate
}

// oversleep waits until the office has forgotten what came behind the reader's positions.
func (r *reader) oversleep(ctx context.Context) {
	most := r.now() + r.length.oversleep
	for ctx.Err() == nil && r.now() < most && !r.quiet.Load() {
		var floor int64
		row := r.scene.direct.QueryRowContext(ctx, "SELECT floor FROM organizations WHERE id = '"+r.home.id+"'") //nolint:gosec // an id of our own
		if row.Scan(&floor) == nil && floor > r.follows[0].last.number {
			return
		}
		sleep(ctx, 200*time.Millisecond)
	}
}
