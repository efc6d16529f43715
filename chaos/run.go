package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

// measures are how long things take in a run, and how short the log is.
type measures struct {
	warmUp    time.Duration // before the first fault
	trouble   time.Duration // with faults
	quiet     time.Duration // after them; what has not converged by then has not
	fateAfter time.Duration // until something befalls a connection, on average
	stall     time.Duration // at most
	oversleep time.Duration // at most
	replay    int           // events of an office that the log keeps at least
	bounds    bounds
}

// environment are the settings of nodes that make the log short and checkpoints frequent, so that a run
// sees in seconds what an office sees in weeks.
func (m measures) environment() []string {
	return []string{
		"KLANTKAART_REPLAY_WINDOW=1s", fmt.Sprintf("KLANTKAART_REPLAY_MINIMUM=%d", m.replay), "KLANTKAART_HISTORY=2s",
		"KLANTKAART_JANITOR_INTERVAL=300ms", "KLANTKAART_CHECKPOINT_INTERVAL=1s",
	}
}

// run is a run of writers, readers and nemesis on a stage.
type run struct {
	plan
	stage  *stage
	scene  *scene
	client *http.Client
	log    io.Writer
	began  time.Time
	ledger *ledger
	// quiet says that nothing befalls readers any more.
	quiet    atomic.Bool
	away     atomic.Int32 // readers who were dismissed, and sign in again
	mu       sync.Mutex
	known    known
	buried   []link
	readers  []*reader
	sessions map[int]*lent // of each reader
	// Of each office, the logs that ended when commits were lost, and the moves of its floor until then.
	lostLogs   map[int][]history
	lostFloors map[int][]floorMove
}

// play plays a plan and gives the ledger. Nothing that it started is left.
func play(ctx context.Context, p plan, b builder, postgres *postgresServer, log io.Writer) (l *ledger, err error) {
	folder, err := os.MkdirTemp("", "klantkaart-chaos")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what is left in the temporary folder does no harm
	b.folder = folder
	s := &stage{plan: p, folder: folder, log: log, builder: b, postgres: postgres, nodes: make([]*node, p.nodes)}
	defer s.close()
	r := &run{plan: p, stage: s, client: newClient(), log: log, began: time.Now(), ledger: &ledger{bounds: p.length.bounds}, lostLogs: map[int][]history{}, lostFloors: map[int][]floorMove{},
		known: known{fields: map[[2]string]any{}}}
	defer r.client.CloseIdleConnections()
	if err := r.setUp(ctx); err != nil {
		return nil, errors.Join(err, s.keepLogs(filepath.Join(os.TempDir(), "klantkaart-chaos-logs")))
	}
	defer r.scene.direct.Close()
	if err := r.perform(ctx); err != nil {
		return r.ledger, errors.Join(err, s.keepLogs(filepath.Join(os.TempDir(), "klantkaart-chaos-logs")))
	}
	return r.ledger, nil
}

func (r *run) setUp(ctx context.Context) error {
	if err := r.stage.setUp(ctx); err != nil {
		return err
	}
	direct, err := openDirect(r.stage.database)
	if err != nil {
		return err
	}
	direct.SetMaxOpenConns(4)
	r.scene = &scene{stage: r.stage, direct: direct}
	if err := r.scene.found(ctx); err != nil {
		return errors.Join(err, direct.Close())
	}
	for _, n := range r.stage.nodes {
		if err := n.start(ctx); err != nil {
			return errors.Join(err, direct.Close())
		}
	}
	if err := r.scene.furnish(ctx, r); err != nil {
		return errors.Join(err, direct.Close())
	}
	return nil
}

// now is the time since the run began.
func (r *run) now() time.Duration { return time.Since(r.began) }

func (r *run) noteOperation(op *operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ledger.operations = append(r.ledger.operations, op)
}

// note adds a step to a stream; only its reader does.
func (r *reader) note(f *follow, one step) {
	one.at, one.node, one.connection = r.now(), r.node, r.connection
	f.steps = append(f.steps, one)
}

func (r *reader) noteAll(one step) {
	for _, f := range r.follows {
		r.note(f, one)
	}
}

// bury keeps a socket that was left without a word until the end.
func (r *run) bury(s link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buried = append(r.buried, s)
}

// exhume ends the sockets that were left without a word.
func (r *run) exhume() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.buried {
		s.leave()
	}
	r.buried = nil
}

// perform lets the play begin, and end.
func (r *run) perform(ctx context.Context) error {
	if err := r.measureNodes(ctx); err != nil {
		return err
	}
	writing, stopWriting := context.WithCancel(ctx)
	defer stopWriting()
	reading, stopReading := context.WithCancel(ctx)
	defer stopReading()
	var writers, readers sync.WaitGroup
	r.readers = r.makeReaders(ctx)
	for _, one := range r.readers {
		readers.Go(func() { one.attend(reading) })
	}
	sleep(ctx, r.length.warmUp/2)
	for number := range r.writers {
		w := &writer{run: r, number: number, dice: r.die(1, number)}
		writers.Go(func() { w.work(writing) })
	}
	writers.Go(func() { r.changeRights(writing) })
	sleep(ctx, r.length.warmUp/2)
	troubled := r.trouble(ctx)
	r.quiet.Store(true)
	healed := r.stage.healed(ctx)
	stopWriting()
	writers.Wait()
	quiet := r.now()
	r.exhume()
	r.converge(ctx)
	r.meet(ctx, quiet)
	stopReading()
	readers.Wait()
	r.exhume()
	r.lookForRemains(ctx)
	for _, n := range r.stage.nodes {
		r.ledger.complaints = append(r.ledger.complaints, n.complaints()...)
	}
	return errors.Join(troubled, healed, ctx.Err(), r.readTables(ctx))
}

// die is a source of chance of its own for one part of the run.
func (r *run) die(part, number int) *rand.Rand {
	return rand.New(rand.NewPCG(r.seed, uint64(part)<<32|uint64(number))) //nolint:gosec // it must be repeatable, not secret
}

// makeReaders gives each reader its office, its streams and a session.
func (r *run) makeReaders(ctx context.Context) []*reader {
	var all []*reader
	for number := range r.plan.readers {
		dice := r.die(2, number)
		h := r.homeOf(number)
		one := &reader{run: r, number: number, home: h, node: dice.IntN(len(r.stage.nodes)), dice: dice, events: number%eventsOneIn == eventsOneIn-1}
		user := h.people[dice.IntN(len(h.people))]
		signedIn, err := r.scene.signIn(ctx, h.id, user)
		if err != nil {
			fmt.Fprintf(r.log, "reader %d cannot sign in: %v\n", number, err)
			continue
		}
		one.credential = signedIn
		r.lend(number, h.number, signedIn)
		streams := 1 + dice.IntN(3)
		if one.events {
			streams = 1
		}
		for range streams {
			wish := one.wish(user)
			if number == loneReader {
				wish = scope{field: "customerEvents", user: user}
			}
			one.follows = append(one.follows, r.newFollow(one, wish))
		}
		if number%faceOneIn == 0 {
			one.face = &face{card: h.customers[0], user: user}
		}
		all = append(all, one)
	}
	return all
}

// Of the readers one in so many reads Server-Sent Events, and one is alone in the last office, of which it follows all
// relations: a node knows that office now and then only, and was not told what happened meanwhile.
const (
	eventsOneIn = 6
	loneReader  = 20
)

// homeOf is the office of a reader.
func (r *run) homeOf(number int) *home {
	busy := len(r.scene.offices) - 1
	if number == loneReader {
		return r.scene.offices[busy]
	}
	return r.scene.offices[number%busy]
}

// wish is what a reader wants to follow: mostly cards.
func (r *reader) wish(user string) scope {
	card := r.dice.IntN(sceneCards)
	switch roll := r.dice.IntN(100); {
	case roll < 55:
		return scope{field: "cardEvents", card: r.home.customers[card], user: user}
	case roll < 70:
		return scope{field: "cardEvents", card: r.home.contacts[card], user: user}
	case roll < 85:
		return scope{field: "myAttentions", user: user}
	case roll < 93:
		return scope{field: "customerEvents", user: user, named: cardName(r.home, card), among: r.home.customers[card]}
	}
	return scope{field: "customerEvents", user: user}
}

// newFollow begins a stream, which stands in the ledger from now on.
func (r *run) newFollow(of *reader, wish scope) *follow {
	forms := documents(wish)
	f := &follow{stream: &stream{reader: of.number, office: of.home.number, credential: of.credential.id, scope: wish},
		query: forms[of.dice.IntN(len(forms))]}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ledger.streams = append(r.ledger.streams, f.stream)
	return f
}
