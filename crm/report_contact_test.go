package crm_test

import (
	"context"
	"testing"
	"time"

	"klantkaart/crm"
	"klantkaart/crm/crmtest"
	"klantkaart/db"
)

func TestTheLastContactIsAnyThatHappened(t *testing.T) {
	t.Parallel()
	onOffice(t, func(t *testing.T, o *crmtest.Office) {
		report := saved(t, o, simple(func(in *crm.SaveReportInput) { in.Columns = []string{"number", "lastContactAt"} }))
		t.Run("of each relation of the demo office", func(t *testing.T) {
			sameList(t, "rows", rowsOfReport(t, o, asked(report)), []string{
				"10001|2026-10-06 13:20", // a document that was sent; one that is a draft is later
				"10002|2026-11-20 11:47", // an e-mail that was received; an appointment is later, and planned
				"10003|2026-11-18 16:40", // a note, after a letter
				"10004|2026-11-19 10:15",
				"10005|2026-11-12 11:00", // a note, after an e-mail
				"10007|2026-11-02 14:30", // an e-mail that was sent
				"10008|2026-11-16 08:45",
			})
		})
		waterlanden := o.Customer(crmtest.Waterlanden).ID
		for _, one := range []struct {
			kind, status, at string
			counts           bool
		}{
			{"EMAIL", "SENT", "2026-11-02 13:30", true},
			{"EMAIL", "RECEIVED", "2026-11-02 13:30", true},
			{"EMAIL", "DRAFT", "2026-11-02 13:30", false},
			{"LETTER", "SENT", "2026-11-02 13:30", true},
			{"LETTER", "DRAFT", "2026-11-02 13:30", false},
			{"DOCUMENT", "RECEIVED", "2026-11-02 13:30", true},
			{"DOCUMENT", "DRAFT", "2026-11-02 13:30", false},
			{"CONVERSATION_NOTE", "DONE", "2026-11-02 13:30", true},
			{"CONVERSATION_NOTE", "DONE", "2027-11-02 13:30", false},
			{"APPOINTMENT", "DONE", "2026-11-02 13:30", true},
			{"APPOINTMENT", "PLANNED", "2026-11-02 13:30", false},
			{"APPOINTMENT", "CANCELLED", "2026-11-02 13:30", false},
			{"INVOICE", "SENT", "2026-11-02 13:30", false},
			{"WORKFLOW", "DONE", "2026-11-02 13:30", false},
		} {
			t.Run(one.kind+" "+one.status+" "+one.at, func(t *testing.T) {
				at := must2(time.Parse("2006-01-02 15:04", one.at))(t)
				err := o.DB.Write(db.Everywhere(t.Context()), func(ctx context.Context, tx *db.Tx) error {
					_, err := tx.NewRaw("UPDATE communications SET kind = ?, status = ?, at = ? WHERE customer_id = ?", one.kind, one.status, at, waterlanden).Exec(ctx)
					return err
				})
				must(t, one, err)
				want := "10007|"
				if one.counts {
					want += "2026-11-02 14:30"
				}
				sameList(t, "rows", rowsOfReport(t, o, asked(report, on(waterlanden))), []string{want})
			})
		}
	})
}
