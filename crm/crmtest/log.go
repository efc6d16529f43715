package crmtest

import (
	"klantkaart/crm"
	"klantkaart/db"
)

// Log reads the office's whole log.
func (o *Office) Log() []*crm.Event {
	o.t.Helper()
	return o.LogAfter(0)
}

// LogAfter reads the office's log behind a position.
func (o *Office) LogAfter(number int64) []*crm.Event {
	o.t.Helper()
	var events []*crm.Event
	err := o.DB.Read().NewSelect().Model(&events).Where("organization_id = ? AND position > ?", o.ID, number).
		OrderExpr("position").Scan(db.Everywhere(o.t.Context()))
	if err != nil {
		o.t.Fatal(err)
	}
	return events
}

// Head is the number of the office's last event, as the office itself keeps it.
func (o *Office) Head() int64 {
	o.t.Helper()
	var position int64
	err := o.DB.Read().NewSelect().Table("organizations").Column("position").Where("id = ?", o.ID).Scan(db.Everywhere(o.t.Context()), &position)
	if err != nil {
		o.t.Fatal(err)
	}
	return position
}

// Signals gives the signals that were sent since the last call.
func (o *Office) Signals() []crm.Signal { return o.signals.take() }

// OnSignal calls the function with every signal from now on, besides keeping it.
func (o *Office) OnSignal(f func(crm.Signal)) { o.signals.listen(f) }
