package graph

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"

	"klantkaart/crm"
	"klantkaart/live"
)

// table is what rows are read from; it notes which ids were asked for.
type table struct {
	text  string
	err   error
	wait  chan struct{} // nil when a reading takes no time
	asked [][]crm.ID
}

func (r *table) read(_ context.Context, ids []crm.ID) ([]*crm.User, error) {
	r.asked = append(r.asked, slices.Clone(ids))
	users := make([]*crm.User, len(ids))
	for i := range ids {
		users[i] = &crm.User{Name: r.text}
	}
	if r.wait != nil {
		<-r.wait
	}
	return users, r.err
}

// toldIn is the context in which a message of an event is made for a colleague of an office who sees all cards.
func toldIn(ctx context.Context, office crm.ID) context.Context {
	return toldTo(ctx, crm.Actor{OrganizationID: office, Rights: crm.AllRights()})
}

func toldTo(ctx context.Context, actor crm.Actor) context.Context {
	ctx = crm.WithActor(ctx, actor)
	return context.WithValue(ctx, tellingKey{}, &telling{notice: live.Notice[*crm.Event]{Kind: live.Happened}})
}

func names(t *testing.T, users []*crm.User, err error) []string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	all := make([]string, len(users))
	for i, user := range users {
		all[i] = user.Name
	}
	return all
}

func TestARowIsReadOnceForAllMessages(t *testing.T) {
	t.Parallel()
	feed, rows := &Live{}, &table{text: "before"}
	read, ctx := shared(feed, rows.read), toldIn(t.Context(), "org_a")
	say := func(what string, ids, asked []crm.ID) {
		t.Helper()
		rows.asked = nil
		users, err := read(ctx, ids)
		names(t, users, err)
		if got := slices.Concat(rows.asked...); !slices.Equal(got, asked) {
			t.Errorf("%s: %v were read, want %v", what, got, asked)
		}
	}
	say("first", []crm.ID{"cus_1", "cus_2"}, []crm.ID{"cus_1", "cus_2"})
	say("again", []crm.ID{"cus_2", "cus_3"}, []crm.ID{"cus_3"})
	subject := crm.ID("cus_3")
	feed.rows.passed("org_a", &crm.Event{Kind: crm.CustomerUpdatedEvent, CardID: "cus_1", CustomerID: "cus_2", SubjectID: &subject}, nil)
	say("after an event about all three", []crm.ID{"cus_1", "cus_2", "cus_3"}, []crm.ID{"cus_1", "cus_2", "cus_3"})
	feed.rows.passed("org_b", &crm.Event{Kind: crm.CustomerUpdatedEvent, CardID: "cus_1", CustomerID: "cus_1"}, nil)
	say("after another office's event", []crm.ID{"cus_1"}, nil)
	feed.rows.passed("org_a", &crm.Event{Kind: crm.AccessChangedEvent}, nil)
	say("after something about the office", []crm.ID{"cus_1"}, []crm.ID{"cus_1"})
	ctx = toldIn(t.Context(), "org_b")
	say("in another office", []crm.ID{"cus_1"}, []crm.ID{"cus_1"})
	ctx = crm.WithActor(t.Context(), crm.Actor{OrganizationID: "org_b", Rights: crm.AllRights()})
	say("outside of the feed", []crm.ID{"cus_1"}, []crm.ID{"cus_1"})
}

func TestACardThatCameWithItsEventIsNotRead(t *testing.T) {
	t.Parallel()
	feed := &Live{}
	read := func(context.Context, []crm.ID) ([]crm.Card, error) {
		return []crm.Card{&crm.Customer{Name: "read"}}, nil
	}
	ctx := toldIn(t.Context(), "org_a")
	say := func(when string, ctx context.Context, want string) {
		t.Helper()
		cards, err := shared(feed, read)(ctx, []crm.ID{"cus_1"})
		if err != nil || len(cards) != 1 || cards[0].(*crm.Customer).Name != want {
			t.Errorf("%s: %v, %v, want %s", when, cards, err, want)
		}
	}
	changed := &crm.Event{Kind: crm.CustomerUpdatedEvent, CardID: "cus_1", CustomerID: "cus_1"}
	pass := func(number int64, name string) {
		changed.Number = number
		event := live.Event[*crm.Event]{Value: changed}
		if name != "" {
			event.Beside = &crm.Customer{CardFrame: crm.CardFrame{ID: "cus_1"}, Name: name}
		}
		feed.watch("org_a", event)
	}
	say("before", ctx, "read")
	pass(5, "told")
	say("when the event brought it", ctx, "told")
	pass(6, "told later")
	say("when the next brought it", ctx, "told later")
	say("in another office", toldIn(t.Context(), "org_b"), "read")
	say("to who does not see all", toldTo(t.Context(), crm.Actor{OrganizationID: "org_a", Rights: crm.AllRights(), Scope: crm.OwnRelations}), "read")
	pass(5, "told by one who is late")
	say("when an older one came behind it", ctx, "read")
	feed.rows.anew("org_a", live.Place{Number: 7})
	pass(6, "told by one who is late")
	say("when an older one came behind the head", ctx, "read")
	pass(8, "told at last")
	say("when the next brought it again", ctx, "told at last")
	pass(9, "")
	say("when the next brought nothing", ctx, "read")
}

func TestWhoDoesNotSeeAllReadsForHimself(t *testing.T) {
	t.Parallel()
	all := crm.Actor{OrganizationID: "org_a", UserID: "usr_1", Rights: crm.AllRights()}
	for name, change := range map[string]func(*crm.Actor){
		"a part of the cards is hidden": func(a *crm.Actor) { a.Rights = a.Rights.Without(crm.ViewContacts) },
		"cards of others are hidden":    func(a *crm.Actor) { a.Scope = crm.OwnRelations },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			restricted := all
			change(&restricted)
			feed := &Live{}
			// Of each the first answer would be kept, and be seen by the one after.
			for _, one := range []struct {
				told crm.Actor
				sees string
				want string
			}{
				{restricted, "nothing", "nothing"},
				{all, "everything", "everything"},
				{restricted, "still nothing", "still nothing"},
				{all, "read again", "everything"},
			} {
				users, err := shared(feed, (&table{text: one.sees}).read)(toldTo(t.Context(), one.told), []crm.ID{"cus_1"})
				if got := names(t, users, err); !slices.Equal(got, []string{one.want}) {
					t.Errorf("with the rights %v and the scope %q %v is told, want %s", one.told.Rights, one.told.Scope, got, one.want)
				}
			}
		})
	}
}

func TestARowThatIsBeingReadWhenItChangesIsReadAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		feed, rows := &Live{}, &table{text: "before", wait: make(chan struct{})}
		read, ctx := shared(feed, rows.read), toldIn(t.Context(), "org_a")
		first := make(chan []string)
		for range 2 { // the second waits for what the first reads
			go func() {
				users, err := read(ctx, []crm.ID{"cus_1"})
				first <- names(t, users, err)
			}()
			synctest.Wait()
		}
		feed.rows.passed("org_a", &crm.Event{Kind: crm.CustomerUpdatedEvent, CardID: "cus_1", CustomerID: "cus_1"}, nil)
		now := &table{text: "after"}
		users, err := shared(feed, now.read)(ctx, []crm.ID{"cus_1"})
		if got := names(t, users, err); !slices.Equal(got, []string{"after"}) {
			t.Errorf("the message of the change shows %v", got)
		}
		close(rows.wait)
		for range 2 {
			if got := <-first; !slices.Equal(got, []string{"before"}) {
				t.Errorf("a message of what came before shows %v", got)
			}
		}
		users, err = read(ctx, []crm.ID{"cus_1"})
		if got := names(t, users, err); !slices.Equal(got, []string{"after"}) {
			t.Errorf("what was read before the change is kept: %v", got)
		}
		if len(rows.asked) != 1 {
			t.Errorf("two who asked at once read %d times", len(rows.asked))
		}
	})
}

func TestWhatCouldNotBeReadIsNotKept(t *testing.T) {
	t.Parallel()
	feed, rows := &Live{}, &table{err: errors.New("away")}
	ctx := toldIn(t.Context(), "org_a")
	if _, err := shared(feed, rows.read)(ctx, []crm.ID{"cus_1"}); !errors.Is(err, rows.err) {
		t.Errorf("got %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = shared(feed, func(context.Context, []crm.ID) ([]*crm.User, error) { panic("broken") })(ctx, []crm.ID{"cus_1"})
	}()
	rows.err = nil
	users, err := shared(feed, rows.read)(ctx, []crm.ID{"cus_1"})
	if got := names(t, users, err); len(got) != 1 {
		t.Errorf("got %v", got)
	}
}

func TestKeptRowsAreFew(t *testing.T) {
	t.Parallel()
	k := &rowsKept{}
	for i := range 10 * keptRows {
		k.claim([]keptID{{"org_a", crm.ID(rune(i))}}, keptRow{kind: reflect.TypeFor[*crm.User]()})
	}
	if n := len(k.young) + len(k.old); n > 2*keptRows {
		t.Errorf("%d rows are kept", n)
	}
}
