package graph

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"reflect"
	"sync"
	"time"

	"klantkaart/crm"
	"klantkaart/live"
)

// The measures of the rows that are kept for messages.
const (
	keptRows = 4096            // of each of two generations
	keptTime = 5 * time.Second // one generation
)

// keptID is an id of an office.
type keptID struct{ office, id crm.ID }

// keptRow names a row as it was read: for certain fields only those columns.
type keptRow struct {
	kind   reflect.Type
	fields string
}

// wholeRow names a row with all its columns: it serves whoever wants some of them.
var wholeRow = keptRow{fields: "*"}

// kept is a row that is being read, or was.
type kept struct {
	read chan struct{} // closed when it was
	row  any
	err  error
}

// rowsKept are the rows that messages of the feed name: the card of an event, its relation, and who did it. The
// same event is told to many with different rights, and one colleague does much in a short time; each row is
// read once for all of them who see all cards: for those, rows that are found by their id are the same. Whoever sees less
// reads for himself.
//
// A card that changed comes with its event, when the commit told it: then it need not be read.
//
// A row is let go as soon as an event passes that concerns it, and all rows of an office when its events begin
// to pass: of what happened before, while nobody followed it here, this node knows nothing. So a message never
// tells less than its own event, as when the row is read for it alone.
type rowsKept struct {
	mu        sync.Mutex
	young     map[keptID]map[keptRow]*kept
	old       map[keptID]map[keptRow]*kept
	newest    int // rows in young
	renewedAt time.Time
	heads     map[crm.ID]int64 // up to which number the log of each office has passed
}

// passed lets go of what an event concerns, and takes in the card as the event left it, unless later ones have passed
// already: who no longer follows an office may still be reading its log. What happens to the office itself, such as to
// its colleagues, is rare, and lets go of everything.
func (k *rowsKept) passed(office crm.ID, event *crm.Event, left crm.Card) {
	k.mu.Lock()
	defer k.mu.Unlock()
	newest := event.Number >= k.heads[office]
	if newest {
		k.reach(office, event.Number)
	}
	if !event.ShowsOnCard() {
		k.young, k.old, k.newest = nil, nil, 0
		return
	}
	for _, id := range [...]*crm.ID{&event.CardID, &event.CustomerID, event.SubjectID} {
		if id != nil {
			delete(k.young, keptID{office, *id})
			delete(k.old, keptID{office, *id})
		}
	}
	if left != nil && newest {
		read := make(chan struct{})
		close(read)
		k.renew()
		k.keep(keptID{office, left.NodeID()}, wholeRow, &kept{read: read, row: left})
	}
}

// reach notes up to which number an office's log has passed; the caller holds the lock.
func (k *rowsKept) reach(office crm.ID, number int64) {
	if k.heads == nil {
		k.heads = make(map[crm.ID]int64)
	}
	k.heads[office] = number
}

// tidy lets go of the rows that nobody has asked for in a while.
func (k *rowsKept) tidy() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.renew()
}

// keep adds a row to the young ones; the caller holds the lock.
func (k *rowsKept) keep(id keptID, as keptRow, row *kept) {
	if k.young[id] == nil {
		k.young[id] = make(map[keptRow]*kept)
	}
	k.young[id][as] = row
	k.newest++
}

// anew lets go of all rows of an office, whose log is followed from its head on.
func (k *rowsKept) anew(office string, head live.Place) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.reach(crm.ID(office), head.Number)
	ofOffice := func(id keptID, _ map[keptRow]*kept) bool { return id.office == crm.ID(office) }
	maps.DeleteFunc(k.young, ofOffice)
	maps.DeleteFunc(k.old, ofOffice)
}

// claim gives the rows of the ids, and the places of those that the caller has to read.
func (k *rowsKept) claim(ids []keptID, as keptRow) (rows []*kept, missing []int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.renew()
	rows = make([]*kept, len(ids))
	for i, id := range ids {
		rows[i] = cmp.Or(k.young[id][wholeRow], k.young[id][as], k.old[id][wholeRow], k.old[id][as])
		if rows[i] != nil {
			continue
		}
		rows[i] = &kept{read: make(chan struct{})}
		missing = append(missing, i)
		k.keep(id, as, rows[i])
	}
	return rows, missing
}

// renew begins a new generation when it is time for one; the caller holds the lock.
func (k *rowsKept) renew() {
	now := time.Now() //nolint:forbidigo // how long memory is kept, not when something happened
	if k.young != nil && k.newest < keptRows && now.Sub(k.renewedAt) < keptTime {
		return
	}
	k.old, k.young, k.newest, k.renewedAt = k.young, make(map[keptID]map[keptRow]*kept), 0, now
}

// drop lets go of rows that could not be read.
func (k *rowsKept) drop(ids []keptID) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, id := range ids {
		delete(k.young, id)
		delete(k.old, id)
	}
}

// shared gives the reading of rows by their ids, once for all messages that name them. Outside of the feed every
// answer reads for itself.
func shared[R any](l *Live, read func(context.Context, []crm.ID) ([]R, error)) func(context.Context, []crm.ID) ([]R, error) {
	return func(ctx context.Context, ids []crm.ID) ([]R, error) {
		if told := tellingFrom(ctx); told == nil || told.notice.Kind != live.Happened {
			return read(ctx, ids)
		}
		actor, err := crm.ActorFrom(ctx)
		if err != nil {
			return nil, err
		}
		if !actor.SeesAll() { // what others see is not for them
			return read(ctx, ids)
		}
		known := make([]keptID, len(ids))
		for i, id := range ids {
			known[i] = keptID{actor.OrganizationID, id}
		}
		rows, missing := l.rows.claim(known, keptRow{reflect.TypeFor[R](), requested(ctx).Key})
		if len(missing) > 0 {
			l.rows.fill(known, rows, missing, func(wanted []crm.ID) ([]any, error) {
				found, err := read(ctx, wanted)
				return anyRows(found), err
			})
		}
		found := make([]R, len(ids))
		for i, one := range rows {
			select {
			case <-one.read:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			if one.err != nil {
				return nil, one.err
			}
			found[i], _ = one.row.(R)
		}
		return found, nil
	}
}

// errNotRead stands where a row is missing because the reading of it broke off.
var errNotRead = errors.New("the row was not read")

// fill reads the rows that are missing, and shows them to those who wait.
func (k *rowsKept) fill(ids []keptID, rows []*kept, missing []int, read func([]crm.ID) ([]any, error)) {
	wanted, claimed := make([]crm.ID, len(missing)), make([]keptID, len(missing))
	for i, at := range missing {
		wanted[i], claimed[i] = ids[at].id, ids[at]
	}
	found, err := []any(nil), errNotRead
	defer func() {
		if err != nil {
			k.drop(claimed)
		}
		for i, at := range missing {
			if rows[at].err = err; err == nil {
				rows[at].row = found[i]
			}
			close(rows[at].read)
		}
	}()
	found, err = read(wanted)
}

func anyRows[R any](rows []R) []any {
	anys := make([]any, len(rows))
	for i, row := range rows {
		anys[i] = row
	}
	return anys
}
