-- The tables of the first version, as modelc drafts them from model/
-- against an empty lock. Sections apply in the order they stand in.

-- sqlite
CREATE TABLE "api_token" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "user_id" INTEGER NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE,
    "name" TEXT NOT NULL,
    "token_hash" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "expires_on" INTEGER,
    "last_used_at" INTEGER,
    "revoked_at" INTEGER
) STRICT;
CREATE TABLE "audit_entry" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "at" INTEGER NOT NULL,
    "user_id" INTEGER,
    "entity" TEXT,
    "record_id" INTEGER,
    "rev" INTEGER,
    "action" TEXT NOT NULL,
    "changes" TEXT,
    "request_id" TEXT,
    "peer" TEXT,
    "hash" BLOB
) STRICT;
CREATE TABLE "change_log" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "xid" INTEGER NOT NULL DEFAULT 0,
    "entity" TEXT NOT NULL,
    "record_id" INTEGER NOT NULL,
    "rev" INTEGER,
    "op" TEXT NOT NULL,
    "owner_before" INTEGER,
    "owner_after" INTEGER,
    "at" INTEGER NOT NULL
) STRICT;
CREATE TABLE "contact" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "customer_id" INTEGER NOT NULL REFERENCES "customer" ("id") ON DELETE CASCADE,
    "name" TEXT NOT NULL,
    "name_fold" TEXT NOT NULL,
    "name_sort" TEXT NOT NULL,
    "job_title" TEXT,
    "department" TEXT,
    "phone" TEXT,
    "phone_fold" TEXT,
    "phone_digits" TEXT,
    "email" TEXT,
    "email_fold" TEXT,
    "wechat" TEXT,
    "is_primary" INTEGER NOT NULL DEFAULT 0,
    "layer" TEXT,
    "function" TEXT,
    "decision_role" TEXT,
    "person_id" INTEGER REFERENCES "customer" ("id") ON DELETE SET NULL,
    "preferred_channel" TEXT,
    "preferred_time" TEXT,
    "no_call" INTEGER NOT NULL DEFAULT 0,
    "no_sms" INTEGER NOT NULL DEFAULT 0,
    "no_email" INTEGER NOT NULL DEFAULT 0,
    "secrecy" TEXT NOT NULL DEFAULT 'normal',
    "import_id" INTEGER REFERENCES "import" ("id") ON DELETE SET NULL,
    "note" TEXT,
    "sex" TEXT,
    "birth_date" INTEGER,
    "personality" TEXT,
    "blood_type" TEXT,
    "fax" TEXT,
    "fax_digits" TEXT,
    "home_address" TEXT,
    "id_kind" TEXT,
    "id_number" TEXT,
    "education" TEXT,
    "income_band" TEXT,
    "occupation" TEXT,
    "hobbies" TEXT,
    "abilities" TEXT,
    "background" TEXT,
    "memories" TEXT,
    "first_visit_on" INTEGER,
    "business_kind" TEXT,
    "marital_status" TEXT,
    "spouse_name" TEXT,
    "spouse_birth_date" INTEGER,
    "spouse_character" TEXT,
    "spouse_hobbies" TEXT,
    "child_1_name" TEXT,
    "child_1_birth_date" INTEGER,
    "child_1_schooling" TEXT,
    "child_2_name" TEXT,
    "child_2_birth_date" INTEGER,
    "child_2_schooling" TEXT,
    "child_3_name" TEXT,
    "child_3_birth_date" INTEGER,
    "child_3_schooling" TEXT,
    "lives_with_parents" INTEGER,
    "employment_state" TEXT,
    "employer" TEXT,
    "workplace" TEXT,
    "job_post" TEXT,
    "employed_since" INTEGER,
    "job_income" INTEGER,
    "leaving_reason" TEXT,
    "career_plans" TEXT,
    "purchase_motives" TEXT,
    "lifestyle" TEXT,
    "beliefs" TEXT,
    "attitudes" TEXT,
    "attitude_source" TEXT,
    "attitude_checked_on" INTEGER
) STRICT;
CREATE TABLE "contact_point" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "entity" TEXT NOT NULL,
    "record_id" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "label" TEXT,
    "value" TEXT NOT NULL,
    "folded" TEXT,
    "digits" TEXT,
    "is_primary" INTEGER NOT NULL DEFAULT 0,
    "position" INTEGER NOT NULL DEFAULT 0,
    "opted_out" INTEGER NOT NULL DEFAULT 0,
    "verified_on" INTEGER,
    "created_at" INTEGER
) STRICT;
CREATE TABLE "currency_rate" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "currency" TEXT NOT NULL,
    "day" INTEGER NOT NULL,
    "rate" INTEGER NOT NULL,
    "note" TEXT
) STRICT;
CREATE TABLE "customer" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "owner_id" INTEGER REFERENCES "user" ("id") ON DELETE RESTRICT,
    "kind" TEXT NOT NULL DEFAULT 'person',
    "name" TEXT NOT NULL,
    "name_fold" TEXT NOT NULL,
    "name_sort" TEXT NOT NULL,
    "code" TEXT,
    "code_fold" TEXT,
    "short_name" TEXT,
    "short_name_fold" TEXT,
    "phone" TEXT,
    "phone_fold" TEXT,
    "phone_digits" TEXT,
    "email" TEXT,
    "email_fold" TEXT,
    "wechat" TEXT,
    "website" TEXT,
    "country" TEXT,
    "province" TEXT,
    "city" TEXT,
    "district" TEXT,
    "address" TEXT,
    "postal_code" TEXT,
    "roles" TEXT NOT NULL DEFAULT ',end_customer,',
    "region_class" TEXT,
    "area_class" TEXT,
    "contribution_class" TEXT,
    "grade_override" TEXT,
    "grade_override_reason" TEXT,
    "secrecy" TEXT NOT NULL DEFAULT 'normal',
    "source_channel" TEXT,
    "pay_method" TEXT,
    "preferred_channel" TEXT,
    "preferred_time" TEXT,
    "no_call" INTEGER NOT NULL DEFAULT 0,
    "no_sms" INTEGER NOT NULL DEFAULT 0,
    "no_email" INTEGER NOT NULL DEFAULT 0,
    "no_mail" INTEGER NOT NULL DEFAULT 0,
    "import_id" INTEGER REFERENCES "import" ("id") ON DELETE SET NULL,
    "note" TEXT,
    "sex" TEXT,
    "birth_date" INTEGER,
    "personality" TEXT,
    "blood_type" TEXT,
    "fax" TEXT,
    "fax_digits" TEXT,
    "home_address" TEXT,
    "id_kind" TEXT,
    "id_number" TEXT,
    "education" TEXT,
    "income_band" TEXT,
    "occupation" TEXT,
    "hobbies" TEXT,
    "abilities" TEXT,
    "background" TEXT,
    "memories" TEXT,
    "first_visit_on" INTEGER,
    "business_kind" TEXT,
    "marital_status" TEXT,
    "spouse_name" TEXT,
    "spouse_birth_date" INTEGER,
    "spouse_character" TEXT,
    "spouse_hobbies" TEXT,
    "child_1_name" TEXT,
    "child_1_birth_date" INTEGER,
    "child_1_schooling" TEXT,
    "child_2_name" TEXT,
    "child_2_birth_date" INTEGER,
    "child_2_schooling" TEXT,
    "child_3_name" TEXT,
    "child_3_birth_date" INTEGER,
    "child_3_schooling" TEXT,
    "lives_with_parents" INTEGER,
    "employment_state" TEXT,
    "employer" TEXT,
    "workplace" TEXT,
    "job_post" TEXT,
    "employed_since" INTEGER,
    "job_income" INTEGER,
    "leaving_reason" TEXT,
    "career_plans" TEXT,
    "purchase_motives" TEXT,
    "lifestyle" TEXT,
    "beliefs" TEXT,
    "attitudes" TEXT,
    "attitude_source" TEXT,
    "attitude_checked_on" INTEGER,
    "industry" TEXT,
    "organization_type" TEXT,
    "organization_scale" TEXT,
    "founded_on" INTEGER,
    "employees" INTEGER,
    "registered_capital" INTEGER,
    "annual_revenue" INTEGER,
    "main_business" TEXT,
    "philosophy" TEXT,
    "sales_area" TEXT,
    "image" TEXT,
    "reputation" TEXT,
    "legal_representative" TEXT,
    "legal_representative_phone" TEXT,
    "legal_representative_phone_digits" TEXT,
    "proprietor" TEXT,
    "managers" TEXT,
    "tax_number" TEXT,
    "invoice_title" TEXT,
    "invoice_address" TEXT,
    "invoice_phone" TEXT,
    "invoice_phone_digits" TEXT,
    "bank_name" TEXT,
    "bank_account" TEXT,
    "business_state" TEXT,
    "trading_state" TEXT,
    "competitors_used" TEXT,
    "projects" TEXT,
    "upstream" TEXT,
    "downstream" TEXT,
    "market_location" TEXT,
    "buys" TEXT,
    "buys_note" TEXT,
    "buy_frequency" TEXT,
    "buy_frequency_note" TEXT,
    "usual_quantity" INTEGER,
    "usual_amount" INTEGER,
    "learned_from" TEXT,
    "learned_from_note" TEXT,
    "feelings" TEXT,
    "wanted_benefits" TEXT,
    "wanted_delivery" TEXT,
    "market_size" INTEGER,
    "market_share" INTEGER,
    "behavior_checked_on" INTEGER
) STRICT;
CREATE TABLE "customer_stats" (
    "id" INTEGER NOT NULL PRIMARY KEY REFERENCES "customer" ("id") ON DELETE CASCADE,
    "grade" TEXT,
    "sales" INTEGER NOT NULL DEFAULT 0,
    "orders" INTEGER NOT NULL DEFAULT 0,
    "first_order_on" INTEGER,
    "last_order_on" INTEGER,
    "abc_class" TEXT,
    "r_score" INTEGER,
    "f_score" INTEGER,
    "m_score" INTEGER,
    "sales_rank" INTEGER,
    "share_before" INTEGER,
    "graded_run_id" INTEGER,
    "returned_amount" INTEGER NOT NULL DEFAULT 0,
    "returned_orders" INTEGER NOT NULL DEFAULT 0,
    "cancelled_orders" INTEGER NOT NULL DEFAULT 0,
    "paid" INTEGER NOT NULL DEFAULT 0,
    "open_amount" INTEGER NOT NULL DEFAULT 0,
    "interactions" INTEGER NOT NULL DEFAULT 0,
    "last_contact_at" INTEGER,
    "next_contact_on" INTEGER
) STRICT;
CREATE TABLE "file" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL,
    "media_type" TEXT NOT NULL,
    "size" INTEGER NOT NULL DEFAULT 0,
    "sha256" TEXT,
    "chunks" INTEGER NOT NULL DEFAULT 0,
    "complete" INTEGER NOT NULL DEFAULT 0,
    "entity" TEXT,
    "record_id" INTEGER,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER
) STRICT;
CREATE TABLE "file_chunk" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "file_id" INTEGER NOT NULL REFERENCES "file" ("id") ON DELETE CASCADE,
    "position" INTEGER NOT NULL,
    "sha256" TEXT NOT NULL,
    "data" BLOB NOT NULL
) STRICT;
CREATE TABLE "grade_history" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "customer_id" INTEGER NOT NULL REFERENCES "customer" ("id") ON DELETE CASCADE,
    "run_id" INTEGER NOT NULL,
    "as_of" INTEGER NOT NULL,
    "grade" TEXT,
    "previous_grade" TEXT,
    "abc_class" TEXT,
    "r_score" INTEGER,
    "f_score" INTEGER,
    "m_score" INTEGER,
    "sales" INTEGER,
    "sales_rank" INTEGER,
    "at" INTEGER NOT NULL
) STRICT;
CREATE TABLE "grade_run" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "as_of" INTEGER NOT NULL,
    "cutoffs" TEXT NOT NULL,
    "settings" TEXT NOT NULL,
    "fitted" TEXT,
    "customers" INTEGER NOT NULL DEFAULT 0,
    "sales" INTEGER NOT NULL DEFAULT 0,
    "tiers" TEXT NOT NULL DEFAULT '[]',
    "changed" INTEGER NOT NULL DEFAULT 0,
    "started_at" INTEGER NOT NULL,
    "finished_at" INTEGER,
    "user_id" INTEGER,
    "job_id" INTEGER REFERENCES "job" ("id") ON DELETE SET NULL
) STRICT;
CREATE TABLE "idempotency_key" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "user_id" INTEGER NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE,
    "key" TEXT NOT NULL,
    "request_hash" TEXT NOT NULL,
    "status" INTEGER,
    "headers" TEXT,
    "body" TEXT,
    "created_at" INTEGER NOT NULL
) STRICT;
CREATE TABLE "import" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "owner_id" INTEGER REFERENCES "user" ("id") ON DELETE RESTRICT,
    "entity" TEXT NOT NULL,
    "filename" TEXT NOT NULL,
    "format" TEXT,
    "encoding" TEXT,
    "delimiter" TEXT,
    "compressed" INTEGER NOT NULL DEFAULT 0,
    "columns" TEXT,
    "mapping" TEXT,
    "options" TEXT,
    "state" TEXT NOT NULL DEFAULT 'new',
    "report" TEXT,
    "rows_total" INTEGER,
    "rows_good" INTEGER,
    "rows_bad" INTEGER,
    "records_created" INTEGER,
    "records_updated" INTEGER,
    "file_id" INTEGER REFERENCES "file" ("id") ON DELETE SET NULL,
    "error_file_id" INTEGER REFERENCES "file" ("id") ON DELETE SET NULL,
    "job_id" INTEGER REFERENCES "job" ("id") ON DELETE SET NULL
) STRICT;
CREATE TABLE "interaction" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "customer_id" INTEGER NOT NULL REFERENCES "customer" ("id") ON DELETE CASCADE,
    "contact_id" INTEGER REFERENCES "contact" ("id") ON DELETE SET NULL,
    "user_id" INTEGER REFERENCES "user" ("id") ON DELETE RESTRICT,
    "happened_at" INTEGER NOT NULL,
    "channel" TEXT NOT NULL DEFAULT 'phone',
    "direction" TEXT NOT NULL DEFAULT 'outbound',
    "party" TEXT NOT NULL DEFAULT 'human',
    "mode" TEXT,
    "sync" TEXT,
    "kind" TEXT,
    "matter" TEXT,
    "content" TEXT NOT NULL,
    "outcome" TEXT,
    "objection" TEXT,
    "next_on" INTEGER,
    "source_url" TEXT,
    "minutes" INTEGER
) STRICT;
CREATE TABLE "job" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "owner_id" INTEGER REFERENCES "user" ("id") ON DELETE RESTRICT,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "args" TEXT NOT NULL DEFAULT '{}',
    "cursor" TEXT,
    "done" INTEGER NOT NULL DEFAULT 0,
    "total" INTEGER,
    "message" TEXT,
    "result" TEXT,
    "error" TEXT,
    "cancel" INTEGER NOT NULL DEFAULT 0,
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "lease_until" INTEGER,
    "lease_owner" TEXT,
    "schedule" TEXT,
    "planned_at" INTEGER,
    "created_at" INTEGER NOT NULL,
    "started_at" INTEGER,
    "finished_at" INTEGER,
    "file_id" INTEGER REFERENCES "file" ("id") ON DELETE SET NULL
) STRICT;
CREATE TABLE "login_attempt" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "login" TEXT NOT NULL,
    "peer" TEXT NOT NULL,
    "at" INTEGER NOT NULL,
    "success" INTEGER NOT NULL
) STRICT;
CREATE TABLE "order" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "customer_id" INTEGER REFERENCES "customer" ("id") ON DELETE CASCADE,
    "number" TEXT NOT NULL,
    "number_fold" TEXT NOT NULL,
    "number_sort" TEXT NOT NULL,
    "kind" TEXT NOT NULL DEFAULT 'sale',
    "status" TEXT NOT NULL DEFAULT 'confirmed',
    "ordered_on" INTEGER NOT NULL,
    "currency" TEXT NOT NULL DEFAULT 'CNY',
    "rate" INTEGER,
    "amount" INTEGER NOT NULL DEFAULT 0,
    "base_amount" INTEGER NOT NULL DEFAULT 0,
    "sales" INTEGER NOT NULL DEFAULT 0,
    "returned" INTEGER NOT NULL DEFAULT 0,
    "pay_method" TEXT,
    "import_id" INTEGER REFERENCES "import" ("id") ON DELETE SET NULL,
    "note" TEXT
) STRICT;
CREATE TABLE "order_line" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "order_id" INTEGER NOT NULL REFERENCES "order" ("id") ON DELETE CASCADE,
    "position" INTEGER NOT NULL DEFAULT 0,
    "kind" TEXT NOT NULL DEFAULT 'sale',
    "product_id" INTEGER REFERENCES "product" ("id") ON DELETE RESTRICT,
    "product_name" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "unit_price" INTEGER NOT NULL,
    "amount" INTEGER NOT NULL DEFAULT 0,
    "note" TEXT
) STRICT;
CREATE TABLE "payment" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "customer_id" INTEGER NOT NULL REFERENCES "customer" ("id") ON DELETE CASCADE,
    "order_id" INTEGER REFERENCES "order" ("id") ON DELETE RESTRICT,
    "number" TEXT,
    "number_fold" TEXT,
    "kind" TEXT NOT NULL DEFAULT 'receipt',
    "paid_on" INTEGER NOT NULL,
    "currency" TEXT NOT NULL DEFAULT 'CNY',
    "rate" INTEGER,
    "amount" INTEGER NOT NULL,
    "base_amount" INTEGER NOT NULL DEFAULT 0,
    "pay_method" TEXT,
    "means" TEXT,
    "note" TEXT
) STRICT;
CREATE TABLE "product" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "code" TEXT,
    "code_fold" TEXT,
    "name" TEXT NOT NULL,
    "name_fold" TEXT NOT NULL,
    "name_sort" TEXT NOT NULL,
    "unit" TEXT,
    "price" INTEGER,
    "currency" TEXT NOT NULL DEFAULT 'CNY',
    "cost" INTEGER,
    "category" TEXT,
    "kind" TEXT NOT NULL DEFAULT 'goods',
    "active" INTEGER NOT NULL DEFAULT 1,
    "import_id" INTEGER REFERENCES "import" ("id") ON DELETE SET NULL,
    "note" TEXT
) STRICT;
CREATE TABLE "record_share" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "entity" TEXT NOT NULL,
    "record_id" INTEGER NOT NULL,
    "user_id" INTEGER NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE,
    "level" TEXT NOT NULL DEFAULT 'read',
    "until" INTEGER,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER
) STRICT;
CREATE TABLE "record_tag" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "entity" TEXT NOT NULL,
    "record_id" INTEGER NOT NULL,
    "tag_id" INTEGER NOT NULL REFERENCES "tag" ("id") ON DELETE CASCADE,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER
) STRICT;
CREATE TABLE "registry_version" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "updated_at" INTEGER NOT NULL
) STRICT;
CREATE TABLE "role" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "name_en" TEXT,
    "grants" TEXT NOT NULL DEFAULT '{}',
    "builtin" INTEGER NOT NULL DEFAULT 0,
    "note" TEXT
) STRICT;
CREATE TABLE "saved_view" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "owner_id" INTEGER REFERENCES "user" ("id") ON DELETE RESTRICT,
    "entity" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "query" TEXT NOT NULL,
    "shared" INTEGER NOT NULL DEFAULT 0,
    "position" INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE "session" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "user_id" INTEGER NOT NULL REFERENCES "user" ("id") ON DELETE CASCADE,
    "token_hash" TEXT NOT NULL,
    "created_at" INTEGER NOT NULL,
    "seen_at" INTEGER NOT NULL,
    "expires_at" INTEGER NOT NULL,
    "peer" TEXT,
    "user_agent" TEXT
) STRICT;
CREATE TABLE "setting" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "key" TEXT NOT NULL,
    "value" TEXT NOT NULL,
    "updated_at" INTEGER,
    "updated_by" INTEGER
) STRICT;
CREATE TABLE "tag" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "name" TEXT NOT NULL,
    "name_fold" TEXT NOT NULL,
    "name_sort" TEXT NOT NULL,
    "color" TEXT NOT NULL DEFAULT 'gray',
    "note" TEXT
) STRICT;
CREATE TABLE "task" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "owner_id" INTEGER REFERENCES "user" ("id") ON DELETE RESTRICT,
    "title" TEXT NOT NULL,
    "title_fold" TEXT NOT NULL,
    "customer_id" INTEGER REFERENCES "customer" ("id") ON DELETE CASCADE,
    "contact_id" INTEGER REFERENCES "contact" ("id") ON DELETE SET NULL,
    "due_on" INTEGER,
    "priority" TEXT NOT NULL DEFAULT 'normal',
    "done" INTEGER NOT NULL DEFAULT 0,
    "done_at" INTEGER,
    "note" TEXT
) STRICT;
CREATE TABLE "team" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "name" TEXT NOT NULL,
    "name_sort" TEXT NOT NULL,
    "parent_id" INTEGER REFERENCES "team" ("id") ON DELETE RESTRICT,
    "manager_id" INTEGER REFERENCES "user" ("id") ON DELETE SET NULL
) STRICT;
CREATE TABLE "team_closure" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "ancestor_id" INTEGER NOT NULL REFERENCES "team" ("id") ON DELETE CASCADE,
    "descendant_id" INTEGER NOT NULL REFERENCES "team" ("id") ON DELETE CASCADE,
    "depth" INTEGER NOT NULL
) STRICT;
CREATE TABLE "user" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "rev" INTEGER NOT NULL DEFAULT 1,
    "created_at" INTEGER NOT NULL,
    "created_by" INTEGER,
    "updated_at" INTEGER NOT NULL,
    "updated_by" INTEGER,
    "deleted_at" INTEGER,
    "deleted_with" INTEGER,
    "source" TEXT,
    "external_id" TEXT,
    "login" TEXT NOT NULL,
    "login_fold" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "name_fold" TEXT NOT NULL,
    "name_sort" TEXT NOT NULL,
    "email" TEXT,
    "email_fold" TEXT,
    "phone" TEXT,
    "phone_digits" TEXT,
    "password_hash" TEXT,
    "role_id" INTEGER NOT NULL REFERENCES "role" ("id") ON DELETE RESTRICT,
    "team_id" INTEGER REFERENCES "team" ("id") ON DELETE SET NULL,
    "job_title" TEXT,
    "language" TEXT NOT NULL DEFAULT 'zh',
    "clearance" TEXT NOT NULL DEFAULT 'normal',
    "active" INTEGER NOT NULL DEFAULT 1,
    "last_login_at" INTEGER,
    "signed_out_at" INTEGER
) STRICT;

-- postgres
CREATE TABLE "api_token" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "user_id" bigint NOT NULL,
    "name" text COLLATE "C" NOT NULL,
    "token_hash" text COLLATE "C" NOT NULL,
    "created_at" bigint NOT NULL,
    "expires_on" integer,
    "last_used_at" bigint,
    "revoked_at" bigint
);
CREATE TABLE "audit_entry" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "at" bigint NOT NULL,
    "user_id" bigint,
    "entity" text COLLATE "C",
    "record_id" bigint,
    "rev" bigint,
    "action" text COLLATE "C" NOT NULL,
    "changes" text COLLATE "C",
    "request_id" text COLLATE "C",
    "peer" text COLLATE "C",
    "hash" bytea
);
CREATE TABLE "change_log" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "xid" bigint NOT NULL DEFAULT (pg_current_xact_id()::text)::bigint,
    "entity" text COLLATE "C" NOT NULL,
    "record_id" bigint NOT NULL,
    "rev" bigint,
    "op" text COLLATE "C" NOT NULL,
    "owner_before" bigint,
    "owner_after" bigint,
    "at" bigint NOT NULL
);
CREATE TABLE "contact" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "customer_id" bigint NOT NULL,
    "name" text COLLATE "C" NOT NULL,
    "name_fold" text COLLATE "C" NOT NULL,
    "name_sort" text COLLATE "C" NOT NULL,
    "job_title" text COLLATE "C",
    "department" text COLLATE "C",
    "phone" text COLLATE "C",
    "phone_fold" text COLLATE "C",
    "phone_digits" text COLLATE "C",
    "email" text COLLATE "C",
    "email_fold" text COLLATE "C",
    "wechat" text COLLATE "C",
    "is_primary" smallint NOT NULL DEFAULT 0,
    "layer" text COLLATE "C",
    "function" text COLLATE "C",
    "decision_role" text COLLATE "C",
    "person_id" bigint,
    "preferred_channel" text COLLATE "C",
    "preferred_time" text COLLATE "C",
    "no_call" smallint NOT NULL DEFAULT 0,
    "no_sms" smallint NOT NULL DEFAULT 0,
    "no_email" smallint NOT NULL DEFAULT 0,
    "secrecy" text COLLATE "C" NOT NULL DEFAULT 'normal',
    "import_id" bigint,
    "note" text COLLATE "C",
    "sex" text COLLATE "C",
    "birth_date" integer,
    "personality" text COLLATE "C",
    "blood_type" text COLLATE "C",
    "fax" text COLLATE "C",
    "fax_digits" text COLLATE "C",
    "home_address" text COLLATE "C",
    "id_kind" text COLLATE "C",
    "id_number" text COLLATE "C",
    "education" text COLLATE "C",
    "income_band" text COLLATE "C",
    "occupation" text COLLATE "C",
    "hobbies" text COLLATE "C",
    "abilities" text COLLATE "C",
    "background" text COLLATE "C",
    "memories" text COLLATE "C",
    "first_visit_on" integer,
    "business_kind" text COLLATE "C",
    "marital_status" text COLLATE "C",
    "spouse_name" text COLLATE "C",
    "spouse_birth_date" integer,
    "spouse_character" text COLLATE "C",
    "spouse_hobbies" text COLLATE "C",
    "child_1_name" text COLLATE "C",
    "child_1_birth_date" integer,
    "child_1_schooling" text COLLATE "C",
    "child_2_name" text COLLATE "C",
    "child_2_birth_date" integer,
    "child_2_schooling" text COLLATE "C",
    "child_3_name" text COLLATE "C",
    "child_3_birth_date" integer,
    "child_3_schooling" text COLLATE "C",
    "lives_with_parents" smallint,
    "employment_state" text COLLATE "C",
    "employer" text COLLATE "C",
    "workplace" text COLLATE "C",
    "job_post" text COLLATE "C",
    "employed_since" integer,
    "job_income" bigint,
    "leaving_reason" text COLLATE "C",
    "career_plans" text COLLATE "C",
    "purchase_motives" text COLLATE "C",
    "lifestyle" text COLLATE "C",
    "beliefs" text COLLATE "C",
    "attitudes" text COLLATE "C",
    "attitude_source" text COLLATE "C",
    "attitude_checked_on" integer
);
CREATE TABLE "contact_point" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "entity" text COLLATE "C" NOT NULL,
    "record_id" bigint NOT NULL,
    "kind" text COLLATE "C" NOT NULL,
    "label" text COLLATE "C",
    "value" text COLLATE "C" NOT NULL,
    "folded" text COLLATE "C",
    "digits" text COLLATE "C",
    "is_primary" smallint NOT NULL DEFAULT 0,
    "position" bigint NOT NULL DEFAULT 0,
    "opted_out" smallint NOT NULL DEFAULT 0,
    "verified_on" integer,
    "created_at" bigint
);
CREATE TABLE "currency_rate" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "currency" text COLLATE "C" NOT NULL,
    "day" integer NOT NULL,
    "rate" bigint NOT NULL,
    "note" text COLLATE "C"
);
CREATE TABLE "customer" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "owner_id" bigint,
    "kind" text COLLATE "C" NOT NULL DEFAULT 'person',
    "name" text COLLATE "C" NOT NULL,
    "name_fold" text COLLATE "C" NOT NULL,
    "name_sort" text COLLATE "C" NOT NULL,
    "code" text COLLATE "C",
    "code_fold" text COLLATE "C",
    "short_name" text COLLATE "C",
    "short_name_fold" text COLLATE "C",
    "phone" text COLLATE "C",
    "phone_fold" text COLLATE "C",
    "phone_digits" text COLLATE "C",
    "email" text COLLATE "C",
    "email_fold" text COLLATE "C",
    "wechat" text COLLATE "C",
    "website" text COLLATE "C",
    "country" text COLLATE "C",
    "province" text COLLATE "C",
    "city" text COLLATE "C",
    "district" text COLLATE "C",
    "address" text COLLATE "C",
    "postal_code" text COLLATE "C",
    "roles" text COLLATE "C" NOT NULL DEFAULT ',end_customer,',
    "region_class" text COLLATE "C",
    "area_class" text COLLATE "C",
    "contribution_class" text COLLATE "C",
    "grade_override" text COLLATE "C",
    "grade_override_reason" text COLLATE "C",
    "secrecy" text COLLATE "C" NOT NULL DEFAULT 'normal',
    "source_channel" text COLLATE "C",
    "pay_method" text COLLATE "C",
    "preferred_channel" text COLLATE "C",
    "preferred_time" text COLLATE "C",
    "no_call" smallint NOT NULL DEFAULT 0,
    "no_sms" smallint NOT NULL DEFAULT 0,
    "no_email" smallint NOT NULL DEFAULT 0,
    "no_mail" smallint NOT NULL DEFAULT 0,
    "import_id" bigint,
    "note" text COLLATE "C",
    "sex" text COLLATE "C",
    "birth_date" integer,
    "personality" text COLLATE "C",
    "blood_type" text COLLATE "C",
    "fax" text COLLATE "C",
    "fax_digits" text COLLATE "C",
    "home_address" text COLLATE "C",
    "id_kind" text COLLATE "C",
    "id_number" text COLLATE "C",
    "education" text COLLATE "C",
    "income_band" text COLLATE "C",
    "occupation" text COLLATE "C",
    "hobbies" text COLLATE "C",
    "abilities" text COLLATE "C",
    "background" text COLLATE "C",
    "memories" text COLLATE "C",
    "first_visit_on" integer,
    "business_kind" text COLLATE "C",
    "marital_status" text COLLATE "C",
    "spouse_name" text COLLATE "C",
    "spouse_birth_date" integer,
    "spouse_character" text COLLATE "C",
    "spouse_hobbies" text COLLATE "C",
    "child_1_name" text COLLATE "C",
    "child_1_birth_date" integer,
    "child_1_schooling" text COLLATE "C",
    "child_2_name" text COLLATE "C",
    "child_2_birth_date" integer,
    "child_2_schooling" text COLLATE "C",
    "child_3_name" text COLLATE "C",
    "child_3_birth_date" integer,
    "child_3_schooling" text COLLATE "C",
    "lives_with_parents" smallint,
    "employment_state" text COLLATE "C",
    "employer" text COLLATE "C",
    "workplace" text COLLATE "C",
    "job_post" text COLLATE "C",
    "employed_since" integer,
    "job_income" bigint,
    "leaving_reason" text COLLATE "C",
    "career_plans" text COLLATE "C",
    "purchase_motives" text COLLATE "C",
    "lifestyle" text COLLATE "C",
    "beliefs" text COLLATE "C",
    "attitudes" text COLLATE "C",
    "attitude_source" text COLLATE "C",
    "attitude_checked_on" integer,
    "industry" text COLLATE "C",
    "organization_type" text COLLATE "C",
    "organization_scale" text COLLATE "C",
    "founded_on" integer,
    "employees" bigint,
    "registered_capital" bigint,
    "annual_revenue" bigint,
    "main_business" text COLLATE "C",
    "philosophy" text COLLATE "C",
    "sales_area" text COLLATE "C",
    "image" text COLLATE "C",
    "reputation" text COLLATE "C",
    "legal_representative" text COLLATE "C",
    "legal_representative_phone" text COLLATE "C",
    "legal_representative_phone_digits" text COLLATE "C",
    "proprietor" text COLLATE "C",
    "managers" text COLLATE "C",
    "tax_number" text COLLATE "C",
    "invoice_title" text COLLATE "C",
    "invoice_address" text COLLATE "C",
    "invoice_phone" text COLLATE "C",
    "invoice_phone_digits" text COLLATE "C",
    "bank_name" text COLLATE "C",
    "bank_account" text COLLATE "C",
    "business_state" text COLLATE "C",
    "trading_state" text COLLATE "C",
    "competitors_used" text COLLATE "C",
    "projects" text COLLATE "C",
    "upstream" text COLLATE "C",
    "downstream" text COLLATE "C",
    "market_location" text COLLATE "C",
    "buys" text COLLATE "C",
    "buys_note" text COLLATE "C",
    "buy_frequency" text COLLATE "C",
    "buy_frequency_note" text COLLATE "C",
    "usual_quantity" bigint,
    "usual_amount" bigint,
    "learned_from" text COLLATE "C",
    "learned_from_note" text COLLATE "C",
    "feelings" text COLLATE "C",
    "wanted_benefits" text COLLATE "C",
    "wanted_delivery" text COLLATE "C",
    "market_size" bigint,
    "market_share" bigint,
    "behavior_checked_on" integer
);
CREATE TABLE "customer_stats" (
    "id" bigint NOT NULL PRIMARY KEY,
    "grade" text COLLATE "C",
    "sales" bigint NOT NULL DEFAULT 0,
    "orders" bigint NOT NULL DEFAULT 0,
    "first_order_on" integer,
    "last_order_on" integer,
    "abc_class" text COLLATE "C",
    "r_score" bigint,
    "f_score" bigint,
    "m_score" bigint,
    "sales_rank" bigint,
    "share_before" bigint,
    "graded_run_id" bigint,
    "returned_amount" bigint NOT NULL DEFAULT 0,
    "returned_orders" bigint NOT NULL DEFAULT 0,
    "cancelled_orders" bigint NOT NULL DEFAULT 0,
    "paid" bigint NOT NULL DEFAULT 0,
    "open_amount" bigint NOT NULL DEFAULT 0,
    "interactions" bigint NOT NULL DEFAULT 0,
    "last_contact_at" bigint,
    "next_contact_on" integer
);
CREATE TABLE "file" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "name" text COLLATE "C" NOT NULL,
    "media_type" text COLLATE "C" NOT NULL,
    "size" bigint NOT NULL DEFAULT 0,
    "sha256" text COLLATE "C",
    "chunks" bigint NOT NULL DEFAULT 0,
    "complete" smallint NOT NULL DEFAULT 0,
    "entity" text COLLATE "C",
    "record_id" bigint,
    "created_at" bigint NOT NULL,
    "created_by" bigint
);
CREATE TABLE "file_chunk" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "file_id" bigint NOT NULL,
    "position" bigint NOT NULL,
    "sha256" text COLLATE "C" NOT NULL,
    "data" bytea NOT NULL
);
CREATE TABLE "grade_history" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "customer_id" bigint NOT NULL,
    "run_id" bigint NOT NULL,
    "as_of" integer NOT NULL,
    "grade" text COLLATE "C",
    "previous_grade" text COLLATE "C",
    "abc_class" text COLLATE "C",
    "r_score" bigint,
    "f_score" bigint,
    "m_score" bigint,
    "sales" bigint,
    "sales_rank" bigint,
    "at" bigint NOT NULL
);
CREATE TABLE "grade_run" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "as_of" integer NOT NULL,
    "cutoffs" text COLLATE "C" NOT NULL,
    "settings" text COLLATE "C" NOT NULL,
    "fitted" text COLLATE "C",
    "customers" bigint NOT NULL DEFAULT 0,
    "sales" bigint NOT NULL DEFAULT 0,
    "tiers" text COLLATE "C" NOT NULL DEFAULT '[]',
    "changed" bigint NOT NULL DEFAULT 0,
    "started_at" bigint NOT NULL,
    "finished_at" bigint,
    "user_id" bigint,
    "job_id" bigint
);
CREATE TABLE "idempotency_key" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "user_id" bigint NOT NULL,
    "key" text COLLATE "C" NOT NULL,
    "request_hash" text COLLATE "C" NOT NULL,
    "status" bigint,
    "headers" text COLLATE "C",
    "body" text COLLATE "C",
    "created_at" bigint NOT NULL
);
CREATE TABLE "import" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "owner_id" bigint,
    "entity" text COLLATE "C" NOT NULL,
    "filename" text COLLATE "C" NOT NULL,
    "format" text COLLATE "C",
    "encoding" text COLLATE "C",
    "delimiter" text COLLATE "C",
    "compressed" smallint NOT NULL DEFAULT 0,
    "columns" text COLLATE "C",
    "mapping" text COLLATE "C",
    "options" text COLLATE "C",
    "state" text COLLATE "C" NOT NULL DEFAULT 'new',
    "report" text COLLATE "C",
    "rows_total" bigint,
    "rows_good" bigint,
    "rows_bad" bigint,
    "records_created" bigint,
    "records_updated" bigint,
    "file_id" bigint,
    "error_file_id" bigint,
    "job_id" bigint
);
CREATE TABLE "interaction" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "customer_id" bigint NOT NULL,
    "contact_id" bigint,
    "user_id" bigint,
    "happened_at" bigint NOT NULL,
    "channel" text COLLATE "C" NOT NULL DEFAULT 'phone',
    "direction" text COLLATE "C" NOT NULL DEFAULT 'outbound',
    "party" text COLLATE "C" NOT NULL DEFAULT 'human',
    "mode" text COLLATE "C",
    "sync" text COLLATE "C",
    "kind" text COLLATE "C",
    "matter" text COLLATE "C",
    "content" text COLLATE "C" NOT NULL,
    "outcome" text COLLATE "C",
    "objection" text COLLATE "C",
    "next_on" integer,
    "source_url" text COLLATE "C",
    "minutes" bigint
);
CREATE TABLE "job" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "owner_id" bigint,
    "kind" text COLLATE "C" NOT NULL,
    "state" text COLLATE "C" NOT NULL DEFAULT 'queued',
    "args" text COLLATE "C" NOT NULL DEFAULT '{}',
    "cursor" text COLLATE "C",
    "done" bigint NOT NULL DEFAULT 0,
    "total" bigint,
    "message" text COLLATE "C",
    "result" text COLLATE "C",
    "error" text COLLATE "C",
    "cancel" smallint NOT NULL DEFAULT 0,
    "attempt" bigint NOT NULL DEFAULT 0,
    "lease_until" bigint,
    "lease_owner" text COLLATE "C",
    "schedule" text COLLATE "C",
    "planned_at" bigint,
    "created_at" bigint NOT NULL,
    "started_at" bigint,
    "finished_at" bigint,
    "file_id" bigint
);
CREATE TABLE "login_attempt" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "login" text COLLATE "C" NOT NULL,
    "peer" text COLLATE "C" NOT NULL,
    "at" bigint NOT NULL,
    "success" smallint NOT NULL
);
CREATE TABLE "order" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "customer_id" bigint,
    "number" text COLLATE "C" NOT NULL,
    "number_fold" text COLLATE "C" NOT NULL,
    "number_sort" text COLLATE "C" NOT NULL,
    "kind" text COLLATE "C" NOT NULL DEFAULT 'sale',
    "status" text COLLATE "C" NOT NULL DEFAULT 'confirmed',
    "ordered_on" integer NOT NULL,
    "currency" text COLLATE "C" NOT NULL DEFAULT 'CNY',
    "rate" bigint,
    "amount" bigint NOT NULL DEFAULT 0,
    "base_amount" bigint NOT NULL DEFAULT 0,
    "sales" bigint NOT NULL DEFAULT 0,
    "returned" bigint NOT NULL DEFAULT 0,
    "pay_method" text COLLATE "C",
    "import_id" bigint,
    "note" text COLLATE "C"
);
CREATE TABLE "order_line" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "order_id" bigint NOT NULL,
    "position" bigint NOT NULL DEFAULT 0,
    "kind" text COLLATE "C" NOT NULL DEFAULT 'sale',
    "product_id" bigint,
    "product_name" text COLLATE "C" NOT NULL,
    "quantity" bigint NOT NULL,
    "unit_price" bigint NOT NULL,
    "amount" bigint NOT NULL DEFAULT 0,
    "note" text COLLATE "C"
);
CREATE TABLE "payment" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "customer_id" bigint NOT NULL,
    "order_id" bigint,
    "number" text COLLATE "C",
    "number_fold" text COLLATE "C",
    "kind" text COLLATE "C" NOT NULL DEFAULT 'receipt',
    "paid_on" integer NOT NULL,
    "currency" text COLLATE "C" NOT NULL DEFAULT 'CNY',
    "rate" bigint,
    "amount" bigint NOT NULL,
    "base_amount" bigint NOT NULL DEFAULT 0,
    "pay_method" text COLLATE "C",
    "means" text COLLATE "C",
    "note" text COLLATE "C"
);
CREATE TABLE "product" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "code" text COLLATE "C",
    "code_fold" text COLLATE "C",
    "name" text COLLATE "C" NOT NULL,
    "name_fold" text COLLATE "C" NOT NULL,
    "name_sort" text COLLATE "C" NOT NULL,
    "unit" text COLLATE "C",
    "price" bigint,
    "currency" text COLLATE "C" NOT NULL DEFAULT 'CNY',
    "cost" bigint,
    "category" text COLLATE "C",
    "kind" text COLLATE "C" NOT NULL DEFAULT 'goods',
    "active" smallint NOT NULL DEFAULT 1,
    "import_id" bigint,
    "note" text COLLATE "C"
);
CREATE TABLE "record_share" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "entity" text COLLATE "C" NOT NULL,
    "record_id" bigint NOT NULL,
    "user_id" bigint NOT NULL,
    "level" text COLLATE "C" NOT NULL DEFAULT 'read',
    "until" bigint,
    "created_at" bigint NOT NULL,
    "created_by" bigint
);
CREATE TABLE "record_tag" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "entity" text COLLATE "C" NOT NULL,
    "record_id" bigint NOT NULL,
    "tag_id" bigint NOT NULL,
    "created_at" bigint NOT NULL,
    "created_by" bigint
);
CREATE TABLE "registry_version" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "version" bigint NOT NULL DEFAULT 1,
    "updated_at" bigint NOT NULL
);
CREATE TABLE "role" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "key" text COLLATE "C" NOT NULL,
    "name" text COLLATE "C" NOT NULL,
    "name_en" text COLLATE "C",
    "grants" text COLLATE "C" NOT NULL DEFAULT '{}',
    "builtin" smallint NOT NULL DEFAULT 0,
    "note" text COLLATE "C"
);
CREATE TABLE "saved_view" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "owner_id" bigint,
    "entity" text COLLATE "C" NOT NULL,
    "name" text COLLATE "C" NOT NULL,
    "query" text COLLATE "C" NOT NULL,
    "shared" smallint NOT NULL DEFAULT 0,
    "position" bigint NOT NULL DEFAULT 0
);
CREATE TABLE "session" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "user_id" bigint NOT NULL,
    "token_hash" text COLLATE "C" NOT NULL,
    "created_at" bigint NOT NULL,
    "seen_at" bigint NOT NULL,
    "expires_at" bigint NOT NULL,
    "peer" text COLLATE "C",
    "user_agent" text COLLATE "C"
);
CREATE TABLE "setting" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "key" text COLLATE "C" NOT NULL,
    "value" text COLLATE "C" NOT NULL,
    "updated_at" bigint,
    "updated_by" bigint
);
CREATE TABLE "tag" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "name" text COLLATE "C" NOT NULL,
    "name_fold" text COLLATE "C" NOT NULL,
    "name_sort" text COLLATE "C" NOT NULL,
    "color" text COLLATE "C" NOT NULL DEFAULT 'gray',
    "note" text COLLATE "C"
);
CREATE TABLE "task" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "owner_id" bigint,
    "title" text COLLATE "C" NOT NULL,
    "title_fold" text COLLATE "C" NOT NULL,
    "customer_id" bigint,
    "contact_id" bigint,
    "due_on" integer,
    "priority" text COLLATE "C" NOT NULL DEFAULT 'normal',
    "done" smallint NOT NULL DEFAULT 0,
    "done_at" bigint,
    "note" text COLLATE "C"
);
CREATE TABLE "team" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "name" text COLLATE "C" NOT NULL,
    "name_sort" text COLLATE "C" NOT NULL,
    "parent_id" bigint,
    "manager_id" bigint
);
CREATE TABLE "team_closure" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "ancestor_id" bigint NOT NULL,
    "descendant_id" bigint NOT NULL,
    "depth" bigint NOT NULL
);
CREATE TABLE "user" (
    "id" bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    "rev" bigint NOT NULL DEFAULT 1,
    "created_at" bigint NOT NULL,
    "created_by" bigint,
    "updated_at" bigint NOT NULL,
    "updated_by" bigint,
    "deleted_at" bigint,
    "deleted_with" bigint,
    "source" text COLLATE "C",
    "external_id" text COLLATE "C",
    "login" text COLLATE "C" NOT NULL,
    "login_fold" text COLLATE "C" NOT NULL,
    "name" text COLLATE "C" NOT NULL,
    "name_fold" text COLLATE "C" NOT NULL,
    "name_sort" text COLLATE "C" NOT NULL,
    "email" text COLLATE "C",
    "email_fold" text COLLATE "C",
    "phone" text COLLATE "C",
    "phone_digits" text COLLATE "C",
    "password_hash" text COLLATE "C",
    "role_id" bigint NOT NULL,
    "team_id" bigint,
    "job_title" text COLLATE "C",
    "language" text COLLATE "C" NOT NULL DEFAULT 'zh',
    "clearance" text COLLATE "C" NOT NULL DEFAULT 'normal',
    "active" smallint NOT NULL DEFAULT 1,
    "last_login_at" bigint,
    "signed_out_at" bigint
);

-- both
CREATE INDEX "api_token_user_id_id_idx" ON "api_token" ("user_id", "id");
CREATE UNIQUE INDEX "api_token_token_hash_key" ON "api_token" ("token_hash");
CREATE INDEX "audit_entry_at_id_idx" ON "audit_entry" ("at", "id");
CREATE INDEX "audit_entry_user_id_id_idx" ON "audit_entry" ("user_id", "id");
CREATE INDEX "audit_entry_entity_record_id_id_idx" ON "audit_entry" ("entity", "record_id", "id");
CREATE INDEX "change_log_at_id_idx" ON "change_log" ("at", "id");
CREATE INDEX "change_log_xid_id_idx" ON "change_log" ("xid", "id");
CREATE INDEX "change_log_entity_record_id_id_idx" ON "change_log" ("entity", "record_id", "id");
CREATE UNIQUE INDEX "contact_source_external_id_key" ON "contact" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "contact_deleted_at_idx" ON "contact" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "contact_name_sort_id_idx" ON "contact" ("name_sort", "id");
CREATE INDEX "contact_email_id_idx" ON "contact" ("email", "id");
CREATE INDEX "contact_person_id_id_idx" ON "contact" ("person_id", "id");
CREATE INDEX "contact_import_id_id_idx" ON "contact" ("import_id", "id");
CREATE INDEX "contact_customer_id_name_sort_id_idx" ON "contact" ("customer_id", "name_sort", "id");
CREATE INDEX "contact_phone_digits_id_idx" ON "contact" ("phone_digits", "id");
CREATE INDEX "contact_id_kind_id_number_idx" ON "contact" ("id_kind", "id_number");
CREATE INDEX "contact_point_entity_record_id_kind_position_id_idx" ON "contact_point" ("entity", "record_id", "kind", "position", "id");
CREATE INDEX "contact_point_kind_folded_id_idx" ON "contact_point" ("kind", "folded", "id");
CREATE INDEX "contact_point_digits_id_idx" ON "contact_point" ("digits", "id");
CREATE UNIQUE INDEX "currency_rate_source_external_id_key" ON "currency_rate" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "currency_rate_deleted_at_idx" ON "currency_rate" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE UNIQUE INDEX "currency_rate_currency_day_key" ON "currency_rate" ("currency", "day") WHERE "deleted_at" IS NULL;
CREATE INDEX "currency_rate_day_id_idx" ON "currency_rate" ("day", "id");
CREATE UNIQUE INDEX "customer_source_external_id_key" ON "customer" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "customer_deleted_at_idx" ON "customer" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "customer_owner_id_id_idx" ON "customer" ("owner_id", "id");
CREATE INDEX "customer_name_sort_id_idx" ON "customer" ("name_sort", "id");
CREATE UNIQUE INDEX "customer_code_key" ON "customer" ("code") WHERE "deleted_at" IS NULL;
CREATE INDEX "customer_email_id_idx" ON "customer" ("email", "id");
CREATE INDEX "customer_city_id_idx" ON "customer" ("city", "id");
CREATE INDEX "customer_source_channel_id_idx" ON "customer" ("source_channel", "id");
CREATE INDEX "customer_import_id_id_idx" ON "customer" ("import_id", "id");
CREATE INDEX "customer_tax_number_id_idx" ON "customer" ("tax_number", "id");
CREATE INDEX "customer_owner_id_name_sort_id_idx" ON "customer" ("owner_id", "name_sort", "id");
CREATE INDEX "customer_owner_id_updated_at_id_idx" ON "customer" ("owner_id", "updated_at", "id");
CREATE INDEX "customer_created_at_id_idx" ON "customer" ("created_at", "id");
CREATE INDEX "customer_updated_at_id_idx" ON "customer" ("updated_at", "id");
CREATE INDEX "customer_phone_digits_id_idx" ON "customer" ("phone_digits", "id");
CREATE INDEX "customer_id_kind_id_number_idx" ON "customer" ("id_kind", "id_number");
CREATE INDEX "customer_stats_grade_id_idx" ON "customer_stats" ("grade", "id");
CREATE INDEX "customer_stats_sales_id_idx" ON "customer_stats" ("sales", "id");
CREATE INDEX "customer_stats_orders_id_idx" ON "customer_stats" ("orders", "id");
CREATE INDEX "customer_stats_last_order_on_id_idx" ON "customer_stats" ("last_order_on", "id");
CREATE INDEX "customer_stats_abc_class_id_idx" ON "customer_stats" ("abc_class", "id");
CREATE INDEX "customer_stats_r_score_id_idx" ON "customer_stats" ("r_score", "id");
CREATE INDEX "customer_stats_f_score_id_idx" ON "customer_stats" ("f_score", "id");
CREATE INDEX "customer_stats_m_score_id_idx" ON "customer_stats" ("m_score", "id");
CREATE INDEX "customer_stats_sales_rank_id_idx" ON "customer_stats" ("sales_rank", "id");
CREATE INDEX "customer_stats_open_amount_id_idx" ON "customer_stats" ("open_amount", "id");
CREATE INDEX "customer_stats_last_contact_at_id_idx" ON "customer_stats" ("last_contact_at", "id");
CREATE INDEX "customer_stats_next_contact_on_id_idx" ON "customer_stats" ("next_contact_on", "id");
CREATE INDEX "file_sha256_id_idx" ON "file" ("sha256", "id");
CREATE INDEX "file_entity_record_id_id_idx" ON "file" ("entity", "record_id", "id");
CREATE UNIQUE INDEX "file_chunk_file_id_position_key" ON "file_chunk" ("file_id", "position");
CREATE INDEX "grade_history_as_of_id_idx" ON "grade_history" ("as_of", "id");
CREATE INDEX "grade_history_customer_id_as_of_id_idx" ON "grade_history" ("customer_id", "as_of", "id");
CREATE INDEX "grade_history_run_id_customer_id_idx" ON "grade_history" ("run_id", "customer_id");
CREATE INDEX "grade_run_as_of_id_idx" ON "grade_run" ("as_of", "id");
CREATE UNIQUE INDEX "idempotency_key_user_id_key_key" ON "idempotency_key" ("user_id", "key");
CREATE INDEX "idempotency_key_created_at_id_idx" ON "idempotency_key" ("created_at", "id");
CREATE UNIQUE INDEX "import_source_external_id_key" ON "import" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "import_deleted_at_idx" ON "import" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "import_owner_id_id_idx" ON "import" ("owner_id", "id");
CREATE INDEX "import_state_id_idx" ON "import" ("state", "id");
CREATE UNIQUE INDEX "interaction_source_external_id_key" ON "interaction" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "interaction_deleted_at_idx" ON "interaction" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "interaction_contact_id_id_idx" ON "interaction" ("contact_id", "id");
CREATE INDEX "interaction_user_id_id_idx" ON "interaction" ("user_id", "id");
CREATE INDEX "interaction_happened_at_id_idx" ON "interaction" ("happened_at", "id");
CREATE INDEX "interaction_next_on_id_idx" ON "interaction" ("next_on", "id");
CREATE INDEX "interaction_customer_id_happened_at_id_idx" ON "interaction" ("customer_id", "happened_at", "id");
CREATE UNIQUE INDEX "job_schedule_planned_at_key" ON "job" ("schedule", "planned_at");
CREATE INDEX "job_owner_id_id_idx" ON "job" ("owner_id", "id");
CREATE INDEX "job_state_id_idx" ON "job" ("state", "id");
CREATE INDEX "login_attempt_at_id_idx" ON "login_attempt" ("at", "id");
CREATE INDEX "login_attempt_login_at_idx" ON "login_attempt" ("login", "at");
CREATE INDEX "login_attempt_peer_at_idx" ON "login_attempt" ("peer", "at");
CREATE UNIQUE INDEX "order_source_external_id_key" ON "order" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "order_deleted_at_idx" ON "order" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "order_number_sort_id_idx" ON "order" ("number_sort", "id");
CREATE INDEX "order_status_id_idx" ON "order" ("status", "id");
CREATE INDEX "order_ordered_on_id_idx" ON "order" ("ordered_on", "id");
CREATE INDEX "order_amount_id_idx" ON "order" ("amount", "id");
CREATE INDEX "order_import_id_id_idx" ON "order" ("import_id", "id");
CREATE INDEX "order_customer_id_ordered_on_id_idx" ON "order" ("customer_id", "ordered_on", "id");
CREATE UNIQUE INDEX "order_line_source_external_id_key" ON "order_line" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "order_line_deleted_at_idx" ON "order_line" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "order_line_product_id_id_idx" ON "order_line" ("product_id", "id");
CREATE INDEX "order_line_order_id_position_id_idx" ON "order_line" ("order_id", "position", "id");
CREATE UNIQUE INDEX "payment_source_external_id_key" ON "payment" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "payment_deleted_at_idx" ON "payment" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "payment_order_id_id_idx" ON "payment" ("order_id", "id");
CREATE INDEX "payment_paid_on_id_idx" ON "payment" ("paid_on", "id");
CREATE INDEX "payment_amount_id_idx" ON "payment" ("amount", "id");
CREATE INDEX "payment_customer_id_paid_on_id_idx" ON "payment" ("customer_id", "paid_on", "id");
CREATE UNIQUE INDEX "product_source_external_id_key" ON "product" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "product_deleted_at_idx" ON "product" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE UNIQUE INDEX "product_code_key" ON "product" ("code") WHERE "deleted_at" IS NULL;
CREATE INDEX "product_name_sort_id_idx" ON "product" ("name_sort", "id");
CREATE INDEX "product_price_id_idx" ON "product" ("price", "id");
CREATE INDEX "product_category_id_idx" ON "product" ("category", "id");
CREATE INDEX "product_import_id_id_idx" ON "product" ("import_id", "id");
CREATE UNIQUE INDEX "record_share_entity_record_id_user_id_key" ON "record_share" ("entity", "record_id", "user_id");
CREATE INDEX "record_share_user_id_entity_record_id_idx" ON "record_share" ("user_id", "entity", "record_id");
CREATE UNIQUE INDEX "record_tag_entity_record_id_tag_id_key" ON "record_tag" ("entity", "record_id", "tag_id");
CREATE INDEX "record_tag_tag_id_entity_record_id_idx" ON "record_tag" ("tag_id", "entity", "record_id");
CREATE UNIQUE INDEX "role_source_external_id_key" ON "role" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "role_deleted_at_idx" ON "role" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE UNIQUE INDEX "role_key_key" ON "role" ("key") WHERE "deleted_at" IS NULL;
CREATE UNIQUE INDEX "saved_view_source_external_id_key" ON "saved_view" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "saved_view_deleted_at_idx" ON "saved_view" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "saved_view_owner_id_id_idx" ON "saved_view" ("owner_id", "id");
CREATE INDEX "saved_view_entity_position_id_idx" ON "saved_view" ("entity", "position", "id");
CREATE INDEX "session_user_id_id_idx" ON "session" ("user_id", "id");
CREATE UNIQUE INDEX "session_token_hash_key" ON "session" ("token_hash");
CREATE INDEX "session_expires_at_id_idx" ON "session" ("expires_at", "id");
CREATE UNIQUE INDEX "setting_key_key" ON "setting" ("key");
CREATE UNIQUE INDEX "tag_source_external_id_key" ON "tag" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "tag_deleted_at_idx" ON "tag" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE UNIQUE INDEX "tag_name_key" ON "tag" ("name") WHERE "deleted_at" IS NULL;
CREATE INDEX "tag_name_sort_id_idx" ON "tag" ("name_sort", "id");
CREATE UNIQUE INDEX "task_source_external_id_key" ON "task" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "task_deleted_at_idx" ON "task" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "task_owner_id_id_idx" ON "task" ("owner_id", "id");
CREATE INDEX "task_customer_id_id_idx" ON "task" ("customer_id", "id");
CREATE INDEX "task_contact_id_id_idx" ON "task" ("contact_id", "id");
CREATE INDEX "task_due_on_id_idx" ON "task" ("due_on", "id");
CREATE INDEX "task_owner_id_done_due_on_id_idx" ON "task" ("owner_id", "done", "due_on", "id");
CREATE UNIQUE INDEX "team_source_external_id_key" ON "team" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "team_deleted_at_idx" ON "team" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE INDEX "team_name_sort_id_idx" ON "team" ("name_sort", "id");
CREATE INDEX "team_parent_id_id_idx" ON "team" ("parent_id", "id");
CREATE INDEX "team_manager_id_id_idx" ON "team" ("manager_id", "id");
CREATE UNIQUE INDEX "team_closure_ancestor_id_descendant_id_key" ON "team_closure" ("ancestor_id", "descendant_id");
CREATE INDEX "team_closure_descendant_id_ancestor_id_idx" ON "team_closure" ("descendant_id", "ancestor_id");
CREATE UNIQUE INDEX "user_source_external_id_key" ON "user" ("source", "external_id") WHERE "deleted_at" IS NULL AND "external_id" IS NOT NULL;
CREATE INDEX "user_deleted_at_idx" ON "user" ("deleted_at") WHERE "deleted_at" IS NOT NULL;
CREATE UNIQUE INDEX "user_login_key" ON "user" ("login") WHERE "deleted_at" IS NULL;
CREATE INDEX "user_name_sort_id_idx" ON "user" ("name_sort", "id");
CREATE INDEX "user_role_id_id_idx" ON "user" ("role_id", "id");
CREATE INDEX "user_team_id_id_idx" ON "user" ("team_id", "id");

-- sqlite
CREATE VIRTUAL TABLE "search_contact" USING fts5(tokens, content='', detail=none, tokenize='ascii');
CREATE VIRTUAL TABLE "search_customer" USING fts5(tokens, content='', detail=none, tokenize='ascii');
CREATE VIRTUAL TABLE "search_order" USING fts5(tokens, content='', detail=none, tokenize='ascii');
CREATE VIRTUAL TABLE "search_payment" USING fts5(tokens, content='', detail=none, tokenize='ascii');
CREATE VIRTUAL TABLE "search_product" USING fts5(tokens, content='', detail=none, tokenize='ascii');
CREATE VIRTUAL TABLE "search_tag" USING fts5(tokens, content='', detail=none, tokenize='ascii');
CREATE VIRTUAL TABLE "search_task" USING fts5(tokens, content='', detail=none, tokenize='ascii');
CREATE VIRTUAL TABLE "search_user" USING fts5(tokens, content='', detail=none, tokenize='ascii');

-- postgres
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE;
ALTER TABLE "contact" ADD CONSTRAINT "contact_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer" ("id") ON DELETE CASCADE;
ALTER TABLE "contact" ADD CONSTRAINT "contact_person_id_fkey" FOREIGN KEY ("person_id") REFERENCES "customer" ("id") ON DELETE SET NULL;
ALTER TABLE "contact" ADD CONSTRAINT "contact_import_id_fkey" FOREIGN KEY ("import_id") REFERENCES "import" ("id") ON DELETE SET NULL;
ALTER TABLE "customer" ADD CONSTRAINT "customer_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "user" ("id") ON DELETE RESTRICT;
ALTER TABLE "customer" ADD CONSTRAINT "customer_import_id_fkey" FOREIGN KEY ("import_id") REFERENCES "import" ("id") ON DELETE SET NULL;
ALTER TABLE "customer_stats" ADD CONSTRAINT "customer_stats_id_fkey" FOREIGN KEY ("id") REFERENCES "customer" ("id") ON DELETE CASCADE;
ALTER TABLE "file_chunk" ADD CONSTRAINT "file_chunk_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "file" ("id") ON DELETE CASCADE;
ALTER TABLE "grade_history" ADD CONSTRAINT "grade_history_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer" ("id") ON DELETE CASCADE;
ALTER TABLE "grade_run" ADD CONSTRAINT "grade_run_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "job" ("id") ON DELETE SET NULL;
ALTER TABLE "idempotency_key" ADD CONSTRAINT "idempotency_key_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE;
ALTER TABLE "import" ADD CONSTRAINT "import_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "user" ("id") ON DELETE RESTRICT;
ALTER TABLE "import" ADD CONSTRAINT "import_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "file" ("id") ON DELETE SET NULL;
ALTER TABLE "import" ADD CONSTRAINT "import_error_file_id_fkey" FOREIGN KEY ("error_file_id") REFERENCES "file" ("id") ON DELETE SET NULL;
ALTER TABLE "import" ADD CONSTRAINT "import_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "job" ("id") ON DELETE SET NULL;
ALTER TABLE "interaction" ADD CONSTRAINT "interaction_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer" ("id") ON DELETE CASCADE;
ALTER TABLE "interaction" ADD CONSTRAINT "interaction_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id") ON DELETE SET NULL;
ALTER TABLE "interaction" ADD CONSTRAINT "interaction_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE RESTRICT;
ALTER TABLE "job" ADD CONSTRAINT "job_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "user" ("id") ON DELETE RESTRICT;
ALTER TABLE "job" ADD CONSTRAINT "job_file_id_fkey" FOREIGN KEY ("file_id") REFERENCES "file" ("id") ON DELETE SET NULL;
ALTER TABLE "order" ADD CONSTRAINT "order_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer" ("id") ON DELETE CASCADE;
ALTER TABLE "order" ADD CONSTRAINT "order_import_id_fkey" FOREIGN KEY ("import_id") REFERENCES "import" ("id") ON DELETE SET NULL;
ALTER TABLE "order_line" ADD CONSTRAINT "order_line_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order" ("id") ON DELETE CASCADE;
ALTER TABLE "order_line" ADD CONSTRAINT "order_line_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "product" ("id") ON DELETE RESTRICT;
ALTER TABLE "payment" ADD CONSTRAINT "payment_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer" ("id") ON DELETE CASCADE;
ALTER TABLE "payment" ADD CONSTRAINT "payment_order_id_fkey" FOREIGN KEY ("order_id") REFERENCES "order" ("id") ON DELETE RESTRICT;
ALTER TABLE "product" ADD CONSTRAINT "product_import_id_fkey" FOREIGN KEY ("import_id") REFERENCES "import" ("id") ON DELETE SET NULL;
ALTER TABLE "record_share" ADD CONSTRAINT "record_share_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE;
ALTER TABLE "record_tag" ADD CONSTRAINT "record_tag_tag_id_fkey" FOREIGN KEY ("tag_id") REFERENCES "tag" ("id") ON DELETE CASCADE;
ALTER TABLE "saved_view" ADD CONSTRAINT "saved_view_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "user" ("id") ON DELETE RESTRICT;
ALTER TABLE "session" ADD CONSTRAINT "session_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE;
ALTER TABLE "task" ADD CONSTRAINT "task_owner_id_fkey" FOREIGN KEY ("owner_id") REFERENCES "user" ("id") ON DELETE RESTRICT;
ALTER TABLE "task" ADD CONSTRAINT "task_customer_id_fkey" FOREIGN KEY ("customer_id") REFERENCES "customer" ("id") ON DELETE CASCADE;
ALTER TABLE "task" ADD CONSTRAINT "task_contact_id_fkey" FOREIGN KEY ("contact_id") REFERENCES "contact" ("id") ON DELETE SET NULL;
ALTER TABLE "team" ADD CONSTRAINT "team_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "team" ("id") ON DELETE RESTRICT;
ALTER TABLE "team" ADD CONSTRAINT "team_manager_id_fkey" FOREIGN KEY ("manager_id") REFERENCES "user" ("id") ON DELETE SET NULL;
ALTER TABLE "team_closure" ADD CONSTRAINT "team_closure_ancestor_id_fkey" FOREIGN KEY ("ancestor_id") REFERENCES "team" ("id") ON DELETE CASCADE;
ALTER TABLE "team_closure" ADD CONSTRAINT "team_closure_descendant_id_fkey" FOREIGN KEY ("descendant_id") REFERENCES "team" ("id") ON DELETE CASCADE;
ALTER TABLE "user" ADD CONSTRAINT "user_role_id_fkey" FOREIGN KEY ("role_id") REFERENCES "role" ("id") ON DELETE RESTRICT;
ALTER TABLE "user" ADD CONSTRAINT "user_team_id_fkey" FOREIGN KEY ("team_id") REFERENCES "team" ("id") ON DELETE SET NULL;
CREATE TABLE "search_contact" (
    "id" bigint NOT NULL PRIMARY KEY,
    "tokens" text[] COLLATE "C" NOT NULL
);
CREATE INDEX "search_contact_tokens_idx" ON "search_contact" USING gin ("tokens");
CREATE TABLE "search_customer" (
    "id" bigint NOT NULL PRIMARY KEY,
    "tokens" text[] COLLATE "C" NOT NULL
);
CREATE INDEX "search_customer_tokens_idx" ON "search_customer" USING gin ("tokens");
CREATE TABLE "search_order" (
    "id" bigint NOT NULL PRIMARY KEY,
    "tokens" text[] COLLATE "C" NOT NULL
);
CREATE INDEX "search_order_tokens_idx" ON "search_order" USING gin ("tokens");
CREATE TABLE "search_payment" (
    "id" bigint NOT NULL PRIMARY KEY,
    "tokens" text[] COLLATE "C" NOT NULL
);
CREATE INDEX "search_payment_tokens_idx" ON "search_payment" USING gin ("tokens");
CREATE TABLE "search_product" (
    "id" bigint NOT NULL PRIMARY KEY,
    "tokens" text[] COLLATE "C" NOT NULL
);
CREATE INDEX "search_product_tokens_idx" ON "search_product" USING gin ("tokens");
CREATE TABLE "search_tag" (
    "id" bigint NOT NULL PRIMARY KEY,
    "tokens" text[] COLLATE "C" NOT NULL
);
CREATE INDEX "search_tag_tokens_idx" ON "search_tag" USING gin ("tokens");
CREATE TABLE "search_task" (
    "id" bigint NOT NULL PRIMARY KEY,
    "tokens" text[] COLLATE "C" NOT NULL
);
CREATE INDEX "search_task_tokens_idx" ON "search_task" USING gin ("tokens");
CREATE TABLE "search_user" (
    "id" bigint NOT NULL PRIMARY KEY,
    "tokens" text[] COLLATE "C" NOT NULL
);
CREATE INDEX "search_user_tokens_idx" ON "search_user" USING gin ("tokens");
