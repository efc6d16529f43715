package crm

// Limit lets a test reach the limit of exports with few rows.
func (s *Exports) Limit(rows int) { s.most = rows }
