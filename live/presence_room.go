package live

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// maxFaces is how many colleagues at a spot are named: each change is told to all of them.
const maxFaces = 50

// room is a spot as one node knows it.
type room struct {
	at     Spot
	own    map[Tab]*member // the tabs of this node
	others map[string]seat // those of other nodes, by their place in Redis
	known  bool            // others are all
	// settled is closed once the others are known, or are not going to be for now.
	settled chan struct{}
	// asked and answered count comparisons with Redis.
	asked, answered int
	renewAt         time.Time
	// toldAt is when a crowd was last told something; it waits for the next time.
	toldAt time.Time
	waits  bool
	told   Attendance // what watchers are told
}

// member is a tab of this node.
type member struct {
	record
	open      int         // its subscriptions
	left      int         // how often the last of them went
	grace     *time.Timer // runs since then
	confirmed bool        // it said what it edits since it came back
}

// record is what is told of a tab.
type record struct {
	// turn orders what the tabs at a spot said: higher is later.
	turn    int64
	entered int64 // these two in milliseconds since 1970
	typed   int64
	focus   focus
}

// focus is what a tab does.
type focus struct {
	Field       string `json:"f,omitempty"`
	TakeOver    bool   `json:"o,omitempty"`
	TakenOverBy string `json:"b,omitempty"`
}

// seat is a tab with what is told of it.
type seat struct {
	tab Tab
	record
}

// enter counts a subscription of a tab, and tells whether the tab is new.
func (r *room) enter(tab Tab, now time.Time) bool {
	m := r.own[tab]
	if m != nil {
		if m.open == 0 {
			m.confirmed = m.focus == focus{}
		}
		m.open++
		return false
	}
	r.own[tab] = &member{record: record{entered: now.UnixMilli()}, open: 1, confirmed: true}
	return true
}

// settle lets those go on who wait for the others to become known.
func (r *room) settle() {
	select {
	case <-r.settled:
	default:
		close(r.settled)
	}
}

// clean tells whether Redis shows all that is to be told of this node's tabs.
func (r *room) clean() bool { return r.asked == r.answered }

// crowded tells whether there are so many that what is told of each is too much.
func (r *room) crowded() bool { return len(r.own)+len(r.others) > maxFaces }

// turn is that of the next word.
func (r *room) turn() int64 {
	last := int64(0)
	for _, m := range r.own {
		last = max(last, m.turn)
	}
	for _, other := range r.others {
		last = max(last, other.turn)
	}
	return last + 1
}

// announce takes in what the tab says, unless that is nothing new: typing is passed on now and then.
func (m *record) announce(said Announcement, turn, now int64, pace time.Duration) bool {
	same := m.focus.Field == said.Field && m.focus.TakenOverBy == "" && !said.TakeOver
	if same && (!said.Typing || now-m.typed < pace.Milliseconds()) {
		return false
	}
	m.turn, m.focus, m.typed = turn, focus{Field: said.Field, TakeOver: said.TakeOver}, 0
	if said.Typing {
		m.typed = now
	}
	return true
}

// seats are all tabs of the room. A tab that moves from one node to another is at both for a while: what it
// said last counts.
func (r *room) seats() []seat {
	all := make([]seat, 0, len(r.own)+len(r.others))
	for tab, m := range r.own {
		all = append(all, seat{tab, m.record})
	}
	for _, other := range r.others {
		all = append(all, other)
	}
	return onePerTab(all)
}

func onePerTab(all []seat) []seat {
	place := make(map[Tab]int, len(all))
	one := all[:0]
	for _, s := range all {
		i, known := place[s.tab]
		if !known {
			place[s.tab] = len(one)
			one = append(one, s)
			continue
		}
		entered := min(one[i].entered, s.entered)
		if s.turn > one[i].turn {
			one[i] = s
		}
		one[i].entered = entered
	}
	return one
}

// judge writes down which of this node's tabs were taken over, so that they stay so when the other is
// ready, and tells whether there are new ones.
func (r *room) judge() bool {
	takers, found := takersOf(r.seats()), false
	for tab, m := range r.own {
		if by := takenOver(seat{tab, m.record}, takers); by != "" {
			m.focus, m.typed, found = focus{TakenOverBy: by}, 0, true
		}
	}
	return found
}

// takersOf gives the last tab that took a field over, by field.
func takersOf(seats []seat) map[string]seat {
	takers := make(map[string]seat)
	for _, s := range seats {
		if s.focus.TakeOver && s.turn > takers[s.focus.Field].turn {
			takers[s.focus.Field] = s
		}
	}
	return takers
}

// takenOver tells who went on in the place of a tab.
func takenOver(s seat, takers map[string]seat) string {
	taker := takers[s.focus.Field]
	if s.focus.Field == "" || taker.turn <= s.turn || taker.tab.User == s.tab.User {
		return ""
	}
	return taker.tab.User
}

// retell works out what is to be told of the room, and whether that is new.
func (r *room) retell() bool {
	now := attendanceOf(r.seats(), r.known)
	now.Version = r.told.Version + 1
	if r.told.Version > 0 && now.Known == r.told.Known && now.Count == r.told.Count && slices.Equal(now.Faces, r.told.Faces) {
		return false
	}
	r.told = now
	return true
}

// attendanceOf gives the faces behind tabs.
func attendanceOf(seats []seat, known bool) Attendance {
	takers := takersOf(seats)
	byUser := make(map[string]Face, len(seats))
	strongest := make(map[string]seat, len(seats))
	for _, s := range seats {
		if by := takenOver(s, takers); by != "" {
			s.focus, s.typed = focus{TakenOverBy: by}, 0
		}
		face, there := byUser[s.tab.User]
		entered := time.UnixMilli(s.entered).UTC()
		if there && face.Entered.Before(entered) {
			entered = face.Entered
		}
		if !there || stronger(s, strongest[s.tab.User]) {
			strongest[s.tab.User] = s
			face = Face{User: s.tab.User, Field: s.focus.Field, TakenOverBy: s.focus.TakenOverBy}
			if s.typed > 0 {
				face.Typed = time.UnixMilli(s.typed).UTC()
			}
		}
		face.Entered = entered
		byUser[s.tab.User] = face
	}
	faces := make([]Face, 0, len(byUser))
	for _, face := range byUser {
		faces = append(faces, face)
	}
	slices.SortFunc(faces, inOrder)
	return Attendance{Known: known, Faces: faces[:min(len(faces), maxFaces)], Count: len(faces)}
}

// stronger tells whether a tab says more of its colleague than another: who edits goes before who views,
// and what was said last before the rest.
func stronger(a, b seat) bool {
	if (a.focus.Field != "") != (b.focus.Field != "") {
		return a.focus.Field != ""
	}
	return a.turn > b.turn
}

func inOrder(a, b Face) int {
	if (a.Field != "") != (b.Field != "") {
		if a.Field != "" {
			return -1
		}
		return 1
	}
	return cmp.Or(a.Entered.Compare(b.Entered), strings.Compare(a.User, b.User))
}
