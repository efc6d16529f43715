package crm

// Viewer is the person behind the request.
type Viewer struct{ Actor Actor }

// HasFinanceRight tells whether amounts of the office's own administration are shown.
func (v *Viewer) HasFinanceRight() bool { return v.Actor.Rights.Has(ViewFinance) }

// Rights are what the viewer may see and do.
func (v *Viewer) Rights() []Right { return v.Actor.Rights.List() }
