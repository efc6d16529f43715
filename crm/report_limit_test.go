package crm

// Limit lets a test reach the limits of reports with little.
func (s *ReportRuns) Limit(rows, bytes int) {
	s.limits = reportLimits{rows: func(ReportFormat) int { return rows }, bytes: bytes}
}
