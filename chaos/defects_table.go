package main

// defects are those that are tried: the faults that such a design invites, or that were made elsewhere.
func defects() []defect { return append(defectsOfWriting(), defectsOfReading()...) }

func defectsOfWriting() []defect {
	return []defect{
		{name: "number taken outside the transaction", patches: []patch{
			{file: "crm/events.go", old: "\twritten, err := db.Rows[raised](ctx, tx.Conn, `", new: `	var took int64
	if err := tx.core.db.Write(ctx, func(ctx context.Context, own *db.Tx) error {
		_, err := own.NewUpdate().Table("organizations").Set("position = position + ?", n).Set("previous_event = last_event").
			Set("last_event = ?", tx.events[n-1].ID).Where("id = ?", tx.Actor.OrganizationID).Returning("position").Exec(ctx, &took)
		return err
	}); err != nil {
		return raised{}, err
	}
	time.Sleep(30 * time.Millisecond)
	written, err := db.Rows[raised](ctx, tx.Conn, ` + "`"},
			{file: "crm/events.go", old: `WITH head AS (UPDATE organizations SET position = position + ?::bigint, previous_event = last_event, last_event = ?::text
			WHERE id = ?::text RETURNING id, position, previous_event),`,
				new: `WITH head AS (SELECT id, position - position + ?::bigint AS position, previous_event, ?::text AS last_event FROM organizations WHERE id = ?::text),`},
			{file: "crm/events.go", old: "\t\tn, string(tx.events[n-1].ID)", new: "\t\ttook, string(tx.events[n-1].ID)"},
			{file: "crm/events.go", old: "import (\n", new: "import (\n\t\"time\"\n"},
		}},
		{name: "event written outside the transaction", patches: []patch{
			{file: "crm/tx.go", old: "\tbefore, err := tx.appendEvents(ctx)\n", new: `	var before *Position
	err := tx.core.db.Write(ctx, func(ctx context.Context, own *db.Tx) (err error) {
		outside := *tx
		outside.Tx = own
		before, err = outside.appendEvents(ctx)
		return err
	})
`},
		}},
		{name: "events deleted without moving the floor", patches: []patch{
			{file: "crm/events_sweep.go", old: "if floor == log.Floor {", new: "if floor >= log.Floor {"},
		}},
	}
}

func defectsOfReading() []defect {
	return []defect{
		{name: "nothing read after Redis was away", faults: []string{"Redis killed", "Redis frozen"}, patches: []patch{
			{file: "live/relay.go", old: "\t\t\tr.ears.Suspect(ctx)\n", new: ""},
			{file: "live/feed.go", old: "\t\t\tf.Look(ctx)\n", new: ""},
		}},
		{name: "rows kept while nobody followed", patches: []patch{
			{file: "graph/rows_kept.go", old: "\tmaps.DeleteFunc(k.young, ofOffice)\n\tmaps.DeleteFunc(k.old, ofOffice)\n",
				new: "\tmaps.DeleteFunc(map[keptID]map[keptRow]*kept{}, ofOffice)\n"},
		}},
		{name: "registered without the backlog", patches: []patch{
			{file: "live/subscription.go", old: "question: ask.Question, floor: head.Number,", new: "question: ask.Question, floor: min(head.Number, sub.place),"},
		}},
		{name: "live events before the backlog", patches: []patch{
			{file: "live/subscription.go", old: "if sub.place < s.floor {", new: "if sub.place < s.floor && len(s.entries) == 0 {"},
		}},
		{name: "resumed at the position, not behind it", patches: []patch{
			{file: "live/subscription.go", old: "\tsub.place = first.At.Number\n", new: "\tsub.place = max(0, first.At.Number-1)\n"},
		}},
		{name: "events taken in over a gap", patches: []patch{
			{file: "live/offer.go", old: "begun && before != nil && *before == head:", new: "begun && events[0].Number > head.Number:"},
			{file: "live/ring.go", old: "if event.Number != r.head().Number+1 {", new: "if event.Number <= r.head().Number {"},
		}},
		{name: "rights kept for ever", patches: []patch{
			{file: "graph/attend.go", old: "what, about := AccessEnded, event.Value\n", new: "what, about := AccessEnded, event.Value\n\tif about != nil {\n\t\treturn nil\n\t}\n"},
		}},
		{name: "one ring for all offices", patches: []patch{
			{file: "live/feed.go", old: "\to = f.offices[id]\n\tif o == nil {", new: "\tfor _, o = range f.offices {\n\t\tbreak\n\t}\n\tif o == nil {"},
		}},
		{name: "positions believed unseen", faults: []string{"commits lost", "node killed"}, patches: []patch{
			{file: "live/ring.go", old: "return true, r.events[place.Number-r.base.Number-1].Check == place.Check", new: "return true, true"},
			{file: "crm/events_log.go", old: "case found[0].ID == nil || positionCheck(*found[0].ID) != position.check:", new: "case found[0].ID == nil:"},
			{file: "live/office.go", old: "(len(events) == 0 || events[0].place() != head)", new: "len(events) == 0"},
		}},
	}
}
