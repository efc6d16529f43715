package crm

import (
	"context"
	"fmt"
	"unicode/utf8"

	"klantkaart/db"
)

// Homes are the start pages of colleagues.
type Homes struct{ *core }

// The limits of quick actions.
const (
	maxActionSearch = 200
	maxQuickActions = 100
)

// OfActor gives the actor's start page.
func (s *Homes) OfActor(ctx context.Context) (*Home, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	reports, err := runnableReports(ctx, conn, actor)
	if err != nil {
		return nil, err
	}
	home := &Home{Shortcuts: []*Shortcut{}, Actions: actionsFor(actor, reports), OptionsMenu: []*QuickAction{}}
	for _, one := range shortcuts() {
		if one.isFor(actor) {
			home.Shortcuts = append(home.Shortcuts, &Shortcut{Key: ShortcutKey(one.key), Label: one.label.In(actor.Language), Icon: one.icon})
		}
	}
	for _, one := range home.Actions {
		if one.Kind == AdminKind || one.Kind == OwnKind {
			home.OptionsMenu = append(home.OptionsMenu, one)
		}
	}
	return home, nil
}

// QuickActions finds what the actor can begin by its name, best first; without a text all of it.
func (s *Homes) QuickActions(ctx context.Context, search string, first int) ([]*QuickAction, error) {
	actor, conn, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if first < 1 || first > maxQuickActions {
		return nil, Invalid(Text{NL: "first ligt tussen 1 en 100.", EN: "first lies between 1 and 100."}, "first")
	}
	if utf8.RuneCountInString(search) > maxActionSearch {
		return nil, Invalid(*tooLong(maxActionSearch), "search")
	}
	reports, err := runnableReports(ctx, conn, actor)
	if err != nil {
		return nil, err
	}
	found := actionsNamed(actionsFor(actor, reports), wordsIn(search))
	return found[:min(first, len(found))], nil
}

// runnableReports are the reports that the actor may run, by name.
func runnableReports(ctx context.Context, conn db.Conn, actor Actor) ([]*Report, error) {
	if !(start{right: RunReports}).isFor(actor) {
		return nil, nil
	}
	found, err := db.Select[*Report](ctx, conn, db.Selection{
		Table: "reports", Columns: "t.id, t.name, t.card_type", Order: "t.name_key, t.id", Limit: maxQuickActions,
		Where: append([]db.Part{ofOrganization(actor.OrganizationID)}, runnableBy(actor)...),
	})
	if err != nil {
		return nil, fmt.Errorf("reports to run: %w", err)
	}
	return found, nil
}
