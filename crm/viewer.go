package crm

// Viewer is the person behind the request.
type Viewer struct{ Actor Actor }

// HasFinanceRight tells whether amounts of the office's own administration are shown.
func (v *Viewer) HasFinanceRight() bool { return v.Actor.Finance }
