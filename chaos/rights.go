package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// changeRights takes rights away and gives them back while the run lasts: sessions are ended, colleagues
// may see amounts or no longer, may sign in or no longer. When the writers end everyone may sign in again: who
// cannot read is not there to be judged.
func (r *run) changeRights(ctx context.Context) {
	dice := r.die(3, 0)
	away := map[*home]bool{} // whose first colleague may not sign in
	made := 0
	for ; ctx.Err() == nil; made++ {
		sleep(ctx, time.Duration(float64(r.length.fateAfter)*(0.1+0.3*dice.Float64())))
		h := r.scene.offices[dice.IntN(len(r.scene.offices))]
		n := dice.IntN(len(r.stage.nodes))
		if dice.IntN(3) == 0 {
			if c, ok := r.pick(h.number, dice.IntN(1000)); ok {
				r.signOut(context.WithoutCancel(ctx), n, h, c)
			}
			continue
		}
		if dice.IntN(3) == 0 {
			away[h] = !away[h]
			r.changeRight(ctx, n, h, made, h.people[0], "isActive", !away[h])
			continue
		}
		r.changeRight(ctx, n, h, made, h.people[1], "finance", dice.IntN(2) == 0)
	}
	for h := range away {
		for n := 0; ; n++ { // a node may just be away
			op := r.changeRight(ctx, n%len(r.stage.nodes), h, made, h.people[0], "isActive", true)
			if made++; op.outcome == acknowledged || n > 100 {
				break
			}
			sleep(context.WithoutCancel(ctx), 100*time.Millisecond)
		}
	}
}

// changeRight says of a colleague what they may do from now on.
func (r *run) changeRight(ctx context.Context, n int, h *home, made int, user, field string, value bool) *operation {
	return r.write(context.WithoutCancel(ctx), n, h, fmt.Sprintf("%srights-%d", h.marker, made), request{
		kind: "updateColleague", credential: h.writer, least: 0, most: 1,
		query:     fmt.Sprintf(`mutation ($id: ID!, $value: Boolean!) { done: updateColleague(input: {id: $id, %s: $value}) { user { id } userErrors { code } position } }`, field),
		variables: map[string]any{"id": user, "value": value},
	})
}

// pick draws the session of a reader at an office.
func (r *run) pick(office, roll int) (credential, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var of []credential
	for _, one := range r.sessions {
		if one.office == office && !one.over {
			of = append(of, one.credential)
		}
	}
	if len(of) == 0 {
		return credential{}, false
	}
	return of[roll%len(of)], true
}

// lent is a session in a reader's hands.
type lent struct {
	credential
	office int
	over   bool
}

// lend notes a session that a reader holds from now on.
func (r *run) lend(reader, office int, c credential) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sessions == nil {
		r.sessions = map[int]*lent{}
	}
	r.sessions[reader] = &lent{credential: c, office: office}
}

// signOut ends a session.
func (r *run) signOut(ctx context.Context, n int, h *home, c credential) {
	r.mu.Lock()
	for _, one := range r.sessions {
		one.over = one.over || one.id == c.id
	}
	r.mu.Unlock()
	op := &operation{id: signOutOf(c.id), office: h.number, node: n, kind: "signOut", least: 0, most: 1, began: r.now()}
	request, err := http.NewRequestWithContext(ctx, http.MethodDelete, "http://"+r.stage.nodes[n].address+"/session", http.NoBody)
	if err == nil {
		request.Header.Set("Authorization", "Bearer "+c.token)
		request.Header.Set("Klantkaart-Client", "chaos")
		var answer *http.Response
		if answer, err = r.client.Do(request); err == nil {
			_ = answer.Body.Close()
		}
		op.outcome = unknown
		if err == nil && answer.StatusCode == http.StatusNoContent {
			op.outcome = acknowledged
		}
	}
	if err != nil {
		op.outcome, op.reason = unknown, err.Error()
	}
	op.ended = r.now()
	r.noteOperation(op)
}
