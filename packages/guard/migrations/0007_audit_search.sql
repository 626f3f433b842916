-- What the audit log is searched by (A6): each field of a search has an index that ends in the time, so that the newest rows
-- of any value are read from its end, be the value rare or frequent. Prefixes are ordered byte by byte, whatever the collation.
-- The order of every list is (created_at, id): the key is in that order, and the index of the time alone goes.
ALTER TABLE audit_logs DROP CONSTRAINT audit_logs_pkey;
--> statement-breakpoint
ALTER TABLE audit_logs ADD PRIMARY KEY (created_at, id);
--> statement-breakpoint
DROP INDEX audit_logs_created_at;
--> statement-breakpoint
CREATE INDEX audit_logs_ip ON audit_logs (ip, created_at);
--> statement-breakpoint
CREATE INDEX audit_logs_path ON audit_logs (path text_pattern_ops, created_at);
--> statement-breakpoint
CREATE INDEX audit_logs_status ON audit_logs (status, created_at);
--> statement-breakpoint
CREATE INDEX audit_logs_method ON audit_logs (method, created_at);
--> statement-breakpoint
CREATE INDEX audit_logs_service ON audit_logs (service, created_at) WHERE service IS NOT NULL;
--> statement-breakpoint
CREATE INDEX audit_logs_action ON audit_logs (action, created_at);
--> statement-breakpoint
CREATE INDEX audit_logs_error_code ON audit_logs (error_code text_pattern_ops, created_at) WHERE error_code IS NOT NULL;
--> statement-breakpoint
CREATE INDEX audit_logs_client_request_id ON audit_logs (client_request_id, created_at) WHERE client_request_id IS NOT NULL;
