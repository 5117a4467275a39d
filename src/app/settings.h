/* The settings of a company: one const table with type, default, limits and
 * labels; values are rows of `setting`. The environment wins over the row:
 * company.name is GUANXI_COMPANY_NAME. */
#ifndef APP_SETTINGS_H
#define APP_SETTINGS_H

#include "base/json.h"
#include "model/model.h"

enum setting_id {
    SETTING_COMPANY_NAME,
    SETTING_COMPANY_CURRENCY,      /* ISO 4217 */
    SETTING_COMPANY_ZONE,          /* IANA name */
    SETTING_COMPANY_LANGUAGE,      /* zh, en */
    SETTING_COMPANY_CUSTOMER_KIND, /* what a form begins with */
    SETTING_COMPANY_DEMO,          /* 1: demonstration data, loopback only */
    SETTING_VALUE_ABC_A,           /* percents are hundredths of a percent */
    SETTING_VALUE_ABC_B,
    SETTING_VALUE_TIER_VIP,
    SETTING_VALUE_TIER_MAIN,
    SETTING_VALUE_TIER_ORDINARY,
    SETTING_VALUE_AS_OF,         /* after_last_sale, today */
    SETTING_VALUE_MEASURE,       /* enum measure */
    SETTING_VALUE_WINDOW_MONTHS, /* 0: all time */
    SETTING_VALUE_RFM_MODE,      /* enum rfm_mode */
    SETTING_VALUE_RFM_DAYS,      /* limits of fixed bands, as rfm_rules */
    SETTING_VALUE_RFM_ORDERS,
    SETTING_VALUE_RFM_MONEY,
    SETTING_VALUE_GROUPS,           /* of customers who buy alike */
    SETTING_VALUE_FIT_WEEKLY_FROM,  /* customers */
    SETTING_VALUE_LIFETIME_MODEL,   /* bgnbd, pareto_nbd, auto */
    SETTING_VALUE_WEIGHT_FREQUENCY, /* 0…100, in the order of enum weight */
    SETTING_VALUE_WEIGHT_CREDIT,
    SETTING_VALUE_WEIGHT_INFLUENCE,
    SETTING_VALUE_WEIGHT_PROSPECTS,
    SETTING_VALUE_WEIGHT_LOYALTY,
    SETTING_CHURN_MEDIUM, /* risks from here on are medium, high */
    SETTING_CHURN_HIGH,
    SETTING_CHURN_LOST_DAYS,
    SETTING_CHURN_LOST_INTERVALS,
    SETTING_CHURN_HORIZON_DAYS,
    SETTING_CHURN_FOLLOW_SHARE,
    SETTING_CHURN_WIN_BACK_SHARE,
    SETTING_CHURN_TASK_DAYS,
    SETTING_CHURN_CONTACT_COST,   /* whole units of the base currency */
    SETTING_CHURN_MARKETING,      /* the same, a month */
    SETTING_LADDER_CLIENT_ORDERS, /* what makes a regular: so many sales */
    SETTING_LADDER_CLIENT_DAYS,   /* of so many days; 0: all time */
    SETTING_LADDER_LAPSE_DAYS,    /* without a purchase: to be won again */
    SETTING_POLICY_TASKS,         /* open at most, of an owner; 0: any */
    SETTING_COST_VISIT,           /* standard costs; 0: not counted */
    SETTING_COST_CALL,
    SETTING_COST_COMPLAINT,
    SETTING_COST_RETURN,
    SETTING_COST_ASSUMED_MARGIN, /* of what has no cost; 0: not known */
    SETTING_ORDER_NUMBER,        /* pattern, app/number.h */
    SETTING_DROP_SELF_APPROVAL,
    SETTING_DROP_LETTER_ZH, /* templates, app/letter.h */
    SETTING_DROP_LETTER_EN,
    SETTING_SESSION_IDLE_HOURS,
    SETTING_SESSION_MAX_DAYS,
    SETTING_SESSION_PASSWORD_LEAST, /* characters */
    SETTING_COMPANY_PUBLIC_URL,     /* https://crm.example.com; may be empty */
    SETTING_MAIL_SERVER, /* smtp://host:port, smtps://…; empty: none */
    SETTING_MAIL_TLS,    /* always, if_offered, never */
    SETTING_MAIL_USER,
    SETTING_MAIL_FROM,
    SETTING_IMPORT_CURRENCY, /* empty: the company's */
    SETTING_IMPORT_DATE_ORDER,
    SETTING_NIGHT_TIME,  /* "02:00", company time; empty: no nightly work */
    SETTING_BACKUP_TIME, /* "03:30", company time; empty: none */
    SETTING_BACKUP_KEEP_DAILY,
    SETTING_BACKUP_KEEP_WEEKLY,
    SETTING_BIN_KEEP_DAYS,   /* 0: for ever */
    SETTING_LIMIT_USER_RATE, /* requests a second; 0: no limit */
    SETTING_LIMIT_USER_BURST,
    SETTING_LIMIT_ADDRESS_RATE,
    SETTING_LIMIT_ADDRESS_BURST,
    SETTING_LIMIT_WAIT_MS, /* 0: no limit */
    SETTING_FILES_MAX_MB,
    SETTING_FILES_QUOTA_MB,
    SETTING_COUNT
};

enum setting_type {
    ST_TEXT,
    ST_INT,
    ST_PERCENT, /* hundredths of a percent; JSON "80" or "12.5" */
    ST_AMOUNT,  /* hundredths of a unit of the base currency; JSON "12.5" */
    ST_COUNTS,  /* SETTING_LIST rising whole numbers; JSON "30,90,180,365" */
    ST_AMOUNTS, /* the same of amounts with up to two decimals */
    ST_BOOL,
    ST_CHOICE,
    ST_CURRENCY,
    ST_ZONE,
    ST_TIME,   /* of the day, "03:30" */
    ST_NUMBER, /* pattern of numbers, app/number.h */
    ST_URL, /* scheme://host…, without spaces, quotes or a slash at its end */
};

struct setting {
    struct str key, group;
    enum setting_type type;
    struct str def; /* as stored */
    int64_t min, max;
    const struct option *options; /* ST_CHOICE */
    size_t n_options;
    struct str entity, field; /* ST_CHOICE: one of this field's options */
    bool optional;            /* may be empty */
    bool hidden;              /* set by the program only, not listed */
    bool with_data; /* amounts or days in the data depend on it: fixed once
                       there are documents, never from the environment */
    struct label label, doc;
};

extern const struct setting settings[SETTING_COUNT];

#define SETTING_LIST 4 /* numbers of ST_COUNTS and ST_AMOUNTS */

/* The language of what the company itself writes: tasks, plans. */
enum err settings_language(struct ctx *c, enum lang *out) MUST_CHECK;

/* Value in force, in c->arena: environment, row, or default. Reads c->db. */
enum err settings_text(struct ctx *c, enum setting_id id,
                       struct str *out) MUST_CHECK;
/* The same for ST_INT, ST_PERCENT, ST_AMOUNT and ST_BOOL. */
enum err settings_i64(struct ctx *c, enum setting_id id,
                      int64_t *out) MUST_CHECK;

/* The same for ST_COUNTS and ST_AMOUNTS (hundredths). */
enum err settings_list(struct ctx *c, enum setting_id id,
                       int64_t out[SETTING_LIST]) MUST_CHECK;
/* Reads text as such a value without storing it; what is wrong is noted for
 * `key`: ERR_INVALID. */
enum err settings_list_of(struct ctx *c, enum setting_id id, struct str key,
                          struct str text,
                          int64_t out[SETTING_LIST]) MUST_CHECK;

/* Appends the array of GET /settings. */
enum err settings_to_json(struct ctx *c, struct jw *w) MUST_CHECK;

/* Changes those given as {"key": value}; all or none, audited. Inside a write
 * function. ERR_INVALID per key, ERR_CONFLICT for what is fixed. */
enum err settings_put(struct ctx *c, json_t *values) MUST_CHECK;

/* Checks a value given as text and stores it, hidden ones too: init, demo.
 * Inside a write function. */
enum err settings_set(struct ctx *c, enum setting_id id,
                      struct str text) MUST_CHECK;

#endif
