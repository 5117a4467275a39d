/* The table of settings, nothing else. To add one: a line in enum setting_id
 * and a row here. */
#include "app/settings.h"

#include "analytics/groups.h"
#include "base/currency.h"

#define LABEL(zh, en)                                                          \
    {                                                                          \
        { S_INIT(zh), S_INIT(en) }                                             \
    }

/* A number's name as text. */
#define DIGITS(number) DIGITS_OF(number)
#define DIGITS_OF(n) #n

/* An amount of the base currency that is not counted until somebody sets it. */
#define STANDARD_COST(name, zh, en, doc_zh, doc_en)                            \
    {                                                                          \
        .key = S_INIT(name), .group = S_INIT("cost"), .type = ST_AMOUNT,       \
        .def = S_INIT("0"), .min = 0, .max = 100000000,                        \
        .label = LABEL(zh, en), .doc = LABEL(doc_zh, doc_en)                   \
    }
#define LETTER_FIELDS_ZH                                                       \
    "可用 {company} {customer} {date} {effective_on} {measures} {terms} "    \
    "{reason}。"
#define LETTER_FIELDS_EN                                                       \
    "May name {company} {customer} {date} {effective_on} {measures} {terms} "  \
    "{reason}."

static const struct option languages[] = {
    {S_INIT("zh"), LABEL("中文", "Chinese")},
    {S_INIT("en"), LABEL("英文", "English")},
};
static const struct option as_of_rules[] = {
    {S_INIT("after_last_sale"),
     LABEL("最后一笔销售的次日，最晚为明天",
           "The day after the last sale, tomorrow at most")},
    {S_INIT("today"), LABEL("今天", "Today")},
};
static const struct option measures[] = {
    {S_INIT("sales"), LABEL("销售额", "Sales")},
    {S_INIT("margin"), LABEL("毛利", "Margin")},
    {S_INIT("profit"), LABEL("净贡献", "Profit after cost to serve")},
};
static const struct option lifetime_models[] = {
    {S_INIT("bgnbd"), LABEL("BG/NBD", "BG/NBD")},
    {S_INIT("pareto_nbd"), LABEL("Pareto/NBD", "Pareto/NBD")},
    {S_INIT("auto"),
     LABEL("两者中更符合数据的", "Whichever fits the data better")},
};
static const struct option rfm_modes[] = {
    {S_INIT("share"),
     LABEL("按份额（同值同分）", "Shares: equal values score alike")},
    {S_INIT("ntile"),
     LABEL("五等分（每档人数相同）", "Fifths: as many customers in each")},
    {S_INIT("fixed"), LABEL("固定界限", "Fixed limits")},
};
static const struct option mail_tls[] = {
    {S_INIT("always"), LABEL("总是", "Always")},
    {S_INIT("if_offered"), LABEL("服务器支持时", "When the server offers it")},
    {S_INIT("never"), LABEL("从不", "Never")},
};
static const struct option date_orders[] = {
    {S_INIT("ymd"), LABEL("年-月-日", "Year-month-day")},
    {S_INIT("dmy"), LABEL("日/月/年", "Day/month/year")},
    {S_INIT("mdy"), LABEL("月/日/年", "Month/day/year")},
};

const struct setting settings[SETTING_COUNT] = {
    [SETTING_COMPANY_NAME] =
        {
            .key = S_INIT("company.name"),
            .group = S_INIT("company"),
            .type = ST_TEXT,
            .max = 200,
            .optional = true,
            .label = LABEL("公司名称", "Company name"),
            .doc = LABEL("显示在页面顶部和导出文件中。",
                         "Shown at the top of pages and in exports."),
        },
    [SETTING_COMPANY_CURRENCY] =
        {
            .key = S_INIT("company.currency"),
            .group = S_INIT("company"),
            .type = ST_CURRENCY,
            .def = S_INIT(CURRENCY_DEFAULT),
            .with_data = true,
            .label = LABEL("本位币", "Base currency"),
            .doc = LABEL("统计和分级使用的货币，有单据后不能修改。",
                         "Statistics and grades use it; fixed once there are "
                         "documents."),
        },
    [SETTING_COMPANY_ZONE] =
        {
            .key = S_INIT("company.zone"),
            .group = S_INIT("company"),
            .type = ST_ZONE,
            .def = S_INIT("Asia/Shanghai"),
            .with_data = true,
            .label = LABEL("时区", "Time zone"),
            .doc = LABEL("决定每笔业务属于哪一天，有单据后不能修改。",
                         "Decides the day of every business; fixed once there "
                         "are documents."),
        },
    [SETTING_COMPANY_LANGUAGE] =
        {
            .key = S_INIT("company.language"),
            .group = S_INIT("company"),
            .type = ST_CHOICE,
            .def = S_INIT("zh"),
            .options = languages,
            .n_options = COUNT_OF(languages),
            .label = LABEL("默认语言", "Default language"),
            .doc = LABEL("没有自选语言的用户使用它。",
                         "For users who have chosen none."),
        },
    [SETTING_COMPANY_CUSTOMER_KIND] =
        {
            .key = S_INIT("company.customer_kind"),
            .group = S_INIT("company"),
            .type = ST_CHOICE,
            .def = S_INIT("organization"),
            .entity = S_INIT("customer"),
            .field = S_INIT("kind"),
            .label = LABEL("新客户的类型", "New customers are"),
            .doc = LABEL("新建客户的表单以它开始，可以改选。",
                         "What the form of a new customer begins with; it can "
                         "be chosen otherwise there."),
        },
    [SETTING_COMPANY_DEMO] =
        {
            .key = S_INIT("company.demo"),
            .group = S_INIT("company"),
            .type = ST_BOOL,
            .def = S_INIT("0"),
            .hidden = true,
            .label = LABEL("演示数据", "Demonstration data"),
            .doc = LABEL("演示数据库只能在本机使用。",
                         "Such a database is served on this machine only."),
        },
    [SETTING_VALUE_ABC_A] =
        {
            .key = S_INIT("value.abc_a"),
            .group = S_INIT("value"),
            .type = ST_PERCENT,
            .def = S_INIT("8000"),
            .min = 1,
            .max = 10000,
            .label = LABEL("A 类累计占比", "Class A up to"),
            .doc = LABEL("按分级指标（销售额、毛利或净贡献）排序，"
                         "此前累计占比低于该值的客户为 A 类。",
                         "By the measure grades go by (sales, margin or "
                         "profit): customers with a share before them below "
                         "this are A."),
        },
    [SETTING_VALUE_ABC_B] =
        {
            .key = S_INIT("value.abc_b"),
            .group = S_INIT("value"),
            .type = ST_PERCENT,
            .def = S_INIT("9500"),
            .min = 1,
            .max = 10000,
            .label = LABEL("B 类累计占比", "Class B up to"),
            .doc = LABEL("低于该值为 B 类，其余为 C 类。",
                         "Below this are B, the rest are C."),
        },
    [SETTING_VALUE_TIER_VIP] =
        {
            .key = S_INIT("value.tier_vip"),
            .group = S_INIT("value"),
            .type = ST_PERCENT,
            .def = S_INIT("100"),
            .min = 1,
            .max = 10000,
            .label = LABEL("重要客户", "VIP customers"),
            .doc = LABEL("贡献最高的百分之几。",
                         "The top per cent by contribution."),
        },
    [SETTING_VALUE_TIER_MAIN] =
        {
            .key = S_INIT("value.tier_main"),
            .group = S_INIT("value"),
            .type = ST_PERCENT,
            .def = S_INIT("2000"),
            .min = 1,
            .max = 10000,
            .label = LABEL("重要与主要客户", "VIP and main customers"),
            .doc = LABEL("两级合计占客户的百分之几。",
                         "Both together, per cent of customers."),
        },
    [SETTING_VALUE_TIER_ORDINARY] =
        {
            .key = S_INIT("value.tier_ordinary"),
            .group = S_INIT("value"),
            .type = ST_PERCENT,
            .def = S_INIT("5000"),
            .min = 1,
            .max = 10000,
            .label = LABEL("普通客户以上", "Down to ordinary customers"),
            .doc = LABEL("三级合计占客户的百分之几，其余为小客户。",
                         "The three together; the rest are small customers."),
        },
    [SETTING_VALUE_AS_OF] =
        {
            .key = S_INIT("value.as_of"),
            .group = S_INIT("value"),
            .type = ST_CHOICE,
            .def = S_INIT("after_last_sale"),
            .options = as_of_rules,
            .n_options = COUNT_OF(as_of_rules),
            .label = LABEL("评分基准日", "Grading day"),
            .doc = LABEL("最近购买时间从哪一天往回数。",
                         "The day from which recency is counted back."),
        },
    [SETTING_VALUE_MEASURE] =
        {
            .key = S_INIT("value.measure"),
            .group = S_INIT("value"),
            .type = ST_CHOICE,
            .def = S_INIT("sales"),
            .options = measures,
            .n_options = COUNT_OF(measures),
            .label = LABEL("贡献口径", "Contribution"),
            .doc = LABEL("分级按它排名；毛利中没有成本的明细不计，净贡献"
                         "为毛利减去服务成本，低于零按零计。",
                         "What customers are ranked by; of the margin, lines "
                         "without a known cost don't count; the profit is the "
                         "margin less the cost to serve, 0 where it is below."),
        },
    [SETTING_VALUE_FIT_WEEKLY_FROM] =
        {
            .key = S_INIT("value.fit_weekly_from"),
            .group = S_INIT("value"),
            .type = ST_INT,
            .def = S_INIT("20000"),
            .min = 1,
            .max = 100000000,
            .label = LABEL("每周才重新拟合的客户数",
                           "Customers from which models are fitted weekly"),
            .doc = LABEL("有购买记录的客户达到此数时，流失与价值模型每周拟合"
                         "一次，"
                         "之下则每次评级都拟合。",
                         "With so many customers who bought, the models of "
                         "loss and value are fitted once a week; with fewer, "
                         "by each grading."),
        },
    [SETTING_VALUE_LIFETIME_MODEL] =
        {
            .key = S_INIT("value.lifetime_model"),
            .group = S_INIT("value"),
            .type = ST_CHOICE,
            .def = S_INIT("bgnbd"),
            .options = lifetime_models,
            .n_options = COUNT_OF(lifetime_models),
            .label = LABEL("购买与流失模型", "Model of purchases and loss"),
            .doc = LABEL("BG/NBD 认为客户在购买之后流失，Pareto/NBD 认为随时"
                         "可能流失；数据分辨不出流失时用 NBD。",
                         "BG/NBD loses customers right after a purchase, "
                         "Pareto/NBD at any time; where the data don't tell a "
                         "loss, the NBD counts."),
        },
    [SETTING_VALUE_WINDOW_MONTHS] =
        {
            .key = S_INIT("value.window_months"),
            .group = S_INIT("value"),
            .type = ST_INT,
            .def = S_INIT("0"),
            .min = 0,
            .max = 120,
            .label = LABEL("贡献统计月数", "Months of contribution"),
            .doc = LABEL("基准日之前多少个月的贡献，0 为全部。",
                         "Before the grading day; 0: all time."),
        },
    [SETTING_VALUE_RFM_MODE] =
        {
            .key = S_INIT("value.rfm_mode"),
            .group = S_INIT("value"),
            .type = ST_CHOICE,
            .def = S_INIT("share"),
            .options = rfm_modes,
            .n_options = COUNT_OF(rfm_modes),
            .label = LABEL("RFM 评分方式", "How R, F and M are scored"),
            .doc = LABEL("1 至 5 分如何划分：按更差客户所占份额，按人数五等分"
                         "（同值按编号先后），或按下面的固定界限。",
                         "1 to 5 by the share of customers who are worse, by "
                         "fifths of equal size (equal values by their number), "
                         "or by the limits below."),
        },
    [SETTING_VALUE_RFM_DAYS] =
        {
            .key = S_INIT("value.rfm_days"),
            .group = S_INIT("value"),
            .type = ST_COUNTS,
            .def = S_INIT("30,90,180,365"),
            .min = 0,
            .max = 36500,
            .label = LABEL("R 的界限（天）", "Limits of R, days"),
            .doc = LABEL("固定界限时：距最近购买不超过第一个数为 5 分，不超过"
                         "第二个为 4 分，依此类推，超过第四个为 1 分。",
                         "With fixed limits: at most the first since the last "
                         "purchase scores 5, at most the second 4, and so on; "
                         "more than the fourth 1."),
        },
    [SETTING_VALUE_RFM_ORDERS] =
        {
            .key = S_INIT("value.rfm_orders"),
            .group = S_INIT("value"),
            .type = ST_COUNTS,
            .def = S_INIT("2,4,8,16"),
            .min = 1,
            .max = 1000000,
            .label = LABEL("F 的界限（订单数）", "Limits of F, orders"),
            .doc = LABEL("固定界限时：不少于第一个数为 2 分，不少于第二个为 3 "
                         "分，依此类推。",
                         "With fixed limits: at least the first scores 2, at "
                         "least the second 3, and so on."),
        },
    [SETTING_VALUE_RFM_MONEY] =
        {
            .key = S_INIT("value.rfm_money"),
            .group = S_INIT("value"),
            .type = ST_AMOUNTS,
            .def = S_INIT("1000,5000,20000,100000"),
            .min = 1,
            .max = 100000000000000,
            .label = LABEL("M 的界限（本位币）", "Limits of M, base currency"),
            .doc = LABEL("固定界限时：销售额不少于第一个数为 2 分，不少于第二"
                         "个为 3 分，依此类推。",
                         "With fixed limits: sales of at least the first score "
                         "2, of at least the second 3, and so on."),
        },
    [SETTING_VALUE_GROUPS] =
        {
            .key = S_INIT("value.groups"),
            .group = S_INIT("value"),
            .type = ST_INT,
            .def = S_INIT(DIGITS(GROUPS_DEFAULT)),
            .min = GROUPS_LEAST,
            .max = GROUPS_MOST,
            .label = LABEL("客户分群数", "Groups of customers"),
            .doc = LABEL("按最近购买、购买次数和金额的相似程度，把客户分成几群"
                         "。",
                         "Into how many groups customers fall who are alike in "
                         "recency, frequency and money."),
        },
    [SETTING_VALUE_WEIGHT_FREQUENCY] =
        {
            .key = S_INIT("value.weight_frequency"),
            .group = S_INIT("value"),
            .type = ST_INT,
            .def = S_INIT("0"),
            .min = 0,
            .max = 100,
            .label = LABEL("购买频率权重", "Weight of frequency"),
            .doc = LABEL("0 不计；100 时 5 分使贡献加倍，1 分归零。",
                         "0 leaves it out; at 100 a score of 5 doubles the "
                         "contribution, 1 takes it away."),
        },
    [SETTING_VALUE_WEIGHT_CREDIT] =
        {
            .key = S_INIT("value.weight_credit"),
            .group = S_INIT("value"),
            .type = ST_INT,
            .def = S_INIT("0"),
            .min = 0,
            .max = 100,
            .label = LABEL("信用状况权重", "Weight of credit standing"),
            .doc = LABEL("0 不计；100 时 5 分使贡献加倍，1 分归零。",
                         "0 leaves it out; at 100 a score of 5 doubles the "
                         "contribution, 1 takes it away."),
        },
    [SETTING_VALUE_WEIGHT_INFLUENCE] =
        {
            .key = S_INIT("value.weight_influence"),
            .group = S_INIT("value"),
            .type = ST_INT,
            .def = S_INIT("0"),
            .min = 0,
            .max = 100,
            .label = LABEL("影响力权重", "Weight of influence"),
            .doc = LABEL("0 不计；100 时 5 分使贡献加倍，1 分归零。",
                         "0 leaves it out; at 100 a score of 5 doubles the "
                         "contribution, 1 takes it away."),
        },
    [SETTING_VALUE_WEIGHT_PROSPECTS] =
        {
            .key = S_INIT("value.weight_prospects"),
            .group = S_INIT("value"),
            .type = ST_INT,
            .def = S_INIT("0"),
            .min = 0,
            .max = 100,
            .label = LABEL("发展前景权重", "Weight of prospects"),
            .doc = LABEL("0 不计；100 时 5 分使贡献加倍，1 分归零。",
                         "0 leaves it out; at 100 a score of 5 doubles the "
                         "contribution, 1 takes it away."),
        },
    [SETTING_VALUE_WEIGHT_LOYALTY] =
        {
            .key = S_INIT("value.weight_loyalty"),
            .group = S_INIT("value"),
            .type = ST_INT,
            .def = S_INIT("0"),
            .min = 0,
            .max = 100,
            .label = LABEL("忠诚度权重", "Weight of loyalty"),
            .doc = LABEL("0 不计；100 时 5 分使贡献加倍，1 分归零。",
                         "0 leaves it out; at 100 a score of 5 doubles the "
                         "contribution, 1 takes it away."),
        },
    [SETTING_CHURN_MEDIUM] =
        {
            .key = S_INIT("churn.medium"),
            .group = S_INIT("churn"),
            .type = ST_PERCENT,
            .def = S_INIT("4000"),
            .min = 1,
            .max = 10000,
            .label = LABEL("中等流失风险起点", "Medium risk from"),
            .doc = LABEL("流失概率达到该值为中等风险。",
                         "Risks of loss from here on are medium."),
        },
    [SETTING_CHURN_HIGH] =
        {
            .key = S_INIT("churn.high"),
            .group = S_INIT("churn"),
            .type = ST_PERCENT,
            .def = S_INIT("7000"),
            .min = 1,
            .max = 10000,
            .label = LABEL("高流失风险起点", "High risk from"),
            .doc = LABEL("流失概率达到该值为高风险。",
                         "Risks of loss from here on are high."),
        },
    [SETTING_CHURN_LOST_DAYS] =
        {
            .key = S_INIT("churn.lost_days"),
            .group = S_INIT("churn"),
            .type = ST_INT,
            .def = S_INIT("365"),
            .min = 1,
            .max = 3650,
            .label = LABEL("多少天未购买算流失",
                           "Days without a purchase until lost"),
            .doc = LABEL("至少这么多天没有购买才算流失。",
                         "Nobody is lost before that."),
        },
    [SETTING_CHURN_LOST_INTERVALS] =
        {
            .key = S_INIT("churn.lost_intervals"),
            .group = S_INIT("churn"),
            .type = ST_INT,
            .def = S_INIT("3"),
            .min = 0,
            .max = 100,
            .label = LABEL("多少个购买间隔未购买算流失",
                           "Usual intervals until lost"),
            .doc = LABEL("超过客户平均购买间隔的倍数，两个条件都满足才算流失。",
                         "As many of the own usual intervals without a "
                         "purchase; both conditions count."),
        },
    [SETTING_CHURN_HORIZON_DAYS] =
        {
            .key = S_INIT("churn.horizon_days"),
            .group = S_INIT("churn"),
            .type = ST_INT,
            .def = S_INIT("180"),
            .min = 7,
            .max = 1095,
            .label =
                LABEL("合同客户预测天数", "Days ahead for contract customers"),
            .doc = LABEL("合同客户的流失概率指此后这么多天内不再购买。",
                         "Their risk is that of no purchase in so many days."),
        },
    [SETTING_CHURN_FOLLOW_SHARE] =
        {
            .key = S_INIT("churn.follow_share"),
            .group = S_INIT("churn"),
            .type = ST_PERCENT,
            .def = S_INIT("1000"),
            .min = 0,
            .max = 10000,
            .label = LABEL("随之流失的被介绍客户占比",
                           "Referred customers who follow"),
            .doc =
                LABEL("流失客户介绍来的客户中，其销售额有多大部分会一起流失。",
                      "Share of the sales of customers a lost one referred "
                      "that goes with it."),
        },
    [SETTING_CHURN_WIN_BACK_SHARE] =
        {
            .key = S_INIT("churn.win_back_share"),
            .group = S_INIT("churn"),
            .type = ST_PERCENT,
            .def = S_INIT("2000"),
            .min = 0,
            .max = 10000,
            .label = LABEL("挽回费用占预期价值",
                           "Win-back spending of expected value"),
            .doc = LABEL("挽回一个客户最多花费其挽回后预期价值的百分之几。",
                         "At most that much of the value if won back."),
        },
    [SETTING_CHURN_TASK_DAYS] =
        {
            .key = S_INIT("churn.task_days"),
            .group = S_INIT("churn"),
            .type = ST_INT,
            .def = S_INIT("7"),
            .min = 0,
            .max = 365,
            .label = LABEL("挽回或解除任务期限（天）",
                           "Days for the tasks of a decision"),
            .doc = LABEL("作出决定后，任务在多少天内完成。",
                         "After a decision its task is due in so many days."),
        },
    [SETTING_CHURN_CONTACT_COST] =
        {
            .key = S_INIT("churn.contact_cost"),
            .group = S_INIT("churn"),
            .type = ST_INT,
            .def = S_INIT("20"),
            .min = 0,
            .max = 1000000,
            .label = LABEL("一次互动的标准成本", "Standard cost of a contact"),
            .doc = LABEL("本位币，用于比较赢得客户和保持客户的成本。",
                         "Base currency; for the cost of winning and of "
                         "keeping a customer."),
        },
    [SETTING_CHURN_MARKETING] =
        {
            .key = S_INIT("churn.marketing_month"),
            .group = S_INIT("churn"),
            .type = ST_INT,
            .def = S_INIT("0"),
            .min = 0,
            .max = 1000000000,
            .label = LABEL("每月获客营销费用",
                           "Marketing to win customers, a month"),
            .doc =
                LABEL("本位币，计入赢得新客户的成本。",
                      "Base currency; part of the cost of winning customers."),
        },
    [SETTING_LADDER_CLIENT_ORDERS] =
        {
            .key = S_INIT("ladder.client_orders"),
            .group = S_INIT("ladder"),
            .type = ST_INT,
            .def = S_INIT("4"),
            .min = 1,
            .max = 1000,
            .label = LABEL("常客：订单数", "Regular: orders"),
            .doc = LABEL("在下面的天数内有这么多订单的是“客户”（常客），进"
                         "入维"
                         "系阶段。",
                         "So many orders within the days below make a "
                         "client, "
                         "who is to be kept."),
        },
    [SETTING_LADDER_CLIENT_DAYS] =
        {
            .key = S_INIT("ladder.client_days"),
            .group = S_INIT("ladder"),
            .type = ST_INT,
            .def = S_INIT("365"),
            .min = 0,
            .max = 36500,
            .label = LABEL("常客：天数内", "Regular: within days"),
            .doc = LABEL("0 为不限时间。", "0: of all time."),
        },
    [SETTING_LADDER_LAPSE_DAYS] =
        {
            .key = S_INIT("ladder.lapse_days"),
            .group = S_INIT("ladder"),
            .type = ST_INT,
            .def = S_INIT("180"),
            .min = 1,
            .max = 36500,
            .label = LABEL("进入恢复阶段（天）", "To be recovered after days"),
            .doc = LABEL("这么多天没有购买，进入恢复阶段。",
                         "Without a purchase for so long a customer is to be "
                         "recovered."),
        },
    [SETTING_POLICY_TASKS] =
        {
            .key = S_INIT("policy.tasks_per_owner"),
            .group = S_INIT("policy"),
            .type = ST_INT,
            .def = S_INIT("50"),
            .min = 0,
            .max = 100000,
            .label =
                LABEL("每位负责人未完成的政策与策略任务上限",
                      "Open tasks of policies and strategies of an owner, at "
                      "most"),
            .doc = LABEL("先高等级，再销售额高，再久未联系；其余在完成"
                         "后由下一次分级补上。无负责人的客户合计一份。"
                         "0 为不限。",
                         "Best grade first, then most sales, then longest "
                         "without contact; the rest follow with the next "
                         "grading as these are done. Customers without an "
                         "owner share one such limit. 0: no limit."),
        },
    [SETTING_COST_VISIT] =
        STANDARD_COST("cost.visit", "每次拜访的标准成本", "Cost of a visit",
                      "每次拜访互动计入客户的服务成本，本位币；0 为不计。",
                      "Counted for each visit, base currency; 0: not."),
    [SETTING_COST_CALL] =
        STANDARD_COST("cost.call", "每次电话的标准成本", "Cost of a call",
                      "每次电话互动计入客户的服务成本，本位币；0 为不计。",
                      "Counted for each call, base currency; 0: not."),
    [SETTING_COST_COMPLAINT] = STANDARD_COST(
        "cost.complaint", "每次投诉的标准成本", "Cost of a complaint",
        "结果为抱怨或中止的互动另计，本位币；0 为不计。",
        "Counted for each contact that ends in a complaint, "
        "beside its own cost; 0: not."),
    [SETTING_COST_RETURN] =
        STANDARD_COST("cost.return", "每次退货的标准成本", "Cost of a return",
                      "每张有退货的订单计入的处理成本，本位币；0 为不计。",
                      "Handling of each order with goods given back, base "
                      "currency; 0: not."),
    [SETTING_COST_ASSUMED_MARGIN] =
        {
            .key = S_INIT("cost.assumed_margin"),
            .group = S_INIT("cost"),
            .type = ST_PERCENT,
            .def = S_INIT("0"),
            .min = 0,
            .max = 10000,
            .label =
                LABEL("缺少成本时的假定毛利率", "Margin taken for granted"),
            .doc = LABEL("没有成本的明细按该毛利率计算；0 为不计算，这些"
                         "客户没有净贡献。",
                         "Of lines without a cost; 0: their customers "
                         "have no "
                         "profit until there is one."),
        },
    [SETTING_ORDER_NUMBER] =
        {
            .key = S_INIT("order.number_pattern"),
            .group = S_INIT("order"),
            .type = ST_NUMBER,
            .def = S_INIT("SO{yyyy}{mm}{dd}-{nnn}"),
            .label = LABEL("订单号的格式", "Pattern of order numbers"),
            .doc = LABEL("订单号留空时按此生成；可用 {yyyy} {yy} {mm} {dd} "
                         "和一个流水号 {nnn}（几个 n 就至少几位）。",
                         "For orders saved without a number: {yyyy} {yy} {mm} "
                         "{dd} of their day and one running number {nnn}, with "
                         "at least as many digits as it has n."),
        },
    [SETTING_DROP_SELF_APPROVAL] =
        {
            .key = S_INIT("drop.self_approval"),
            .group = S_INIT("cost"),
            .type = ST_BOOL,
            .def = S_INIT("0"),
            .label = LABEL("可批准自己提出的取舍决定",
                           "One's own drop decisions may be approved"),
            .doc = LABEL("通常应由另一人批准。",
                         "As a rule somebody else decides."),
        },
    [SETTING_DROP_LETTER_ZH] =
        {
            .key = S_INIT("drop.letter_zh"),
            .group = S_INIT("cost"),
            .type = ST_TEXT,
            .max = 4000,
            .def = S_INIT("致：{customer}\n\n"
                          "感谢您一直以来与{company}的往来。经过评估，"
                          "我们自 {effective_on} 起作如下调整：\n\n"
                          "{measures}\n\n{terms}\n\n"
                          "如有疑问，请与您的客户经理联系。\n\n"
                          "{company}\n{date}"),
            .label = LABEL("告知函模板（中文）", "Letter, Chinese"),
            .doc = LABEL(LETTER_FIELDS_ZH, LETTER_FIELDS_EN),
        },
    [SETTING_DROP_LETTER_EN] =
        {
            .key = S_INIT("drop.letter_en"),
            .group = S_INIT("cost"),
            .type = ST_TEXT,
            .max = 4000,
            .def = S_INIT("To: {customer}\n\n"
                          "Thank you for doing business with {company}. "
                          "After a "
                          "review of our accounts the following applies "
                          "from "
                          "{effective_on} on:\n\n"
                          "{measures}\n\n{terms}\n\n"
                          "Please turn to your account manager with any "
                          "question.\n\n"
                          "{company}\n{date}"),
            .label = LABEL("告知函模板（英文）", "Letter, English"),
            .doc = LABEL(LETTER_FIELDS_ZH, LETTER_FIELDS_EN),
        },
    [SETTING_SESSION_IDLE_HOURS] =
        {
            .key = S_INIT("session.idle_hours"),
            .group = S_INIT("session"),
            .type = ST_INT,
            .def = S_INIT("12"),
            .min = 1,
            .max = 720,
            .label = LABEL("闲置几小时后退出", "Hours until idle sign-out"),
            .doc = LABEL("超过这段时间没有操作需重新登录。",
                         "After this long without use, sign in again."),
        },
    [SETTING_SESSION_MAX_DAYS] =
        {
            .key = S_INIT("session.max_days"),
            .group = S_INIT("session"),
            .type = ST_INT,
            .def = S_INIT("30"),
            .min = 1,
            .max = 365,
            .label = LABEL("登录最长天数", "Days of one sign-in"),
            .doc = LABEL("到期后无论是否在用都需重新登录。",
                         "After this long sign in again, in use or not."),
        },
    [SETTING_SESSION_PASSWORD_LEAST] =
        {
            .key = S_INIT("session.password_least"),
            .group = S_INIT("session"),
            .type = ST_INT,
            .def = S_INIT("8"),
            .min = 8,
            .max = 64,
            .label = LABEL("密码最少字符数", "Characters of a password"),
            .doc = LABEL("新密码至少这么长；没有两步验证时建议 15。",
                         "New ones are at least this long; 15 is advised "
                         "where there is no second step."),
        },
    [SETTING_COMPANY_PUBLIC_URL] =
        {
            .key = S_INIT("company.public_url"),
            .group = S_INIT("company"),
            .type = ST_URL,
            .max = 200,
            .optional = true,
            .label = LABEL("访问地址", "Public address"),
            .doc = LABEL("邮件中的链接用它，如 https://crm.example.com；"
                         "https 时只用安全 Cookie。",
                         "Links in mails begin with it, such as "
                         "https://crm.example.com; with https cookies are "
                         "sent over TLS only."),
        },
    [SETTING_MAIL_SERVER] =
        {
            .key = S_INIT("mail.server"),
            .group = S_INIT("mail"),
            .type = ST_URL,
            .max = 200,
            .optional = true,
            .label = LABEL("发信服务器", "Mail server"),
            .doc = LABEL("smtp://主机:端口 或 smtps://主机；空则不发邮件。"
                         "密码由凭据 smtp_password 提供。",
                         "smtp://HOST:PORT or smtps://HOST; empty: no mail "
                         "is "
                         "sent. Its password is the credential "
                         "smtp_password."),
        },
    [SETTING_MAIL_TLS] =
        {
            .key = S_INIT("mail.tls"),
            .group = S_INIT("mail"),
            .type = ST_CHOICE,
            .def = S_INIT("always"),
            .options = mail_tls,
            .n_options = COUNT_OF(mail_tls),
            .label = LABEL("发信加密", "Encryption of mail"),
            .doc = LABEL("与发信服务器之间是否用 TLS。",
                         "Whether the mail server is spoken to over TLS."),
        },
    [SETTING_MAIL_USER] =
        {
            .key = S_INIT("mail.user"),
            .group = S_INIT("mail"),
            .type = ST_TEXT,
            .max = 200,
            .optional = true,
            .label = LABEL("发信账号", "Mail account"),
            .doc = LABEL("空则不登录发信服务器。",
                         "Empty: the mail server asks for none."),
        },
    [SETTING_MAIL_FROM] =
        {
            .key = S_INIT("mail.from"),
            .group = S_INIT("mail"),
            .type = ST_TEXT,
            .max = 200,
            .optional = true,
            .label = LABEL("发信地址", "Sender"),
            .doc = LABEL("收件人看到的地址，如 crm@example.com。",
                         "The address mails come from: crm@example.com."),
        },
    [SETTING_IMPORT_CURRENCY] =
        {
            .key = S_INIT("import.currency"),
            .group = S_INIT("import"),
            .type = ST_CURRENCY,
            .optional = true,
            .label = LABEL("导入默认货币", "Currency of imports"),
            .doc = LABEL("文件里没有货币时先选它，空则用本位币。",
                         "Offered first when a file names none; empty: the "
                         "base currency."),
        },
    [SETTING_IMPORT_DATE_ORDER] =
        {
            .key = S_INIT("import.date_order"),
            .group = S_INIT("import"),
            .type = ST_CHOICE,
            .def = S_INIT("ymd"),
            .options = date_orders,
            .n_options = COUNT_OF(date_orders),
            .label = LABEL("导入日期顺序", "Date order of imports"),
            .doc = LABEL("03/04/2026 这样的日期怎么读。",
                         "How dates such as 03/04/2026 are read."),
        },
    [SETTING_NIGHT_TIME] =
        {
            .key = S_INIT("night.time"),
            .group = S_INIT("night"),
            .type = ST_TIME,
            .def = S_INIT("02:00"),
            .optional = true,
            .label = LABEL("每夜计算开始时间", "Start of the night's work"),
            .doc = LABEL("公司时区的时间：重新分级，一小时后核对统计，随后清理"
                         "回收站；空则不自动进行。",
                         "In the company's time zone: grading, an hour later "
                         "the recount, then the bin; empty: none by itself."),
        },
    [SETTING_BACKUP_TIME] =
        {
            .key = S_INIT("backup.time"),
            .group = S_INIT("backup"),
            .type = ST_TIME,
            .optional = true,
            .label = LABEL("每天备份时间", "Time of the daily backup"),
            .doc = LABEL("公司时区的时间，如 03:30；空则不自动备份。",
                         "In the company's time zone, such as 03:30; "
                         "empty: "
                         "none by itself."),
        },
    [SETTING_BACKUP_KEEP_DAILY] =
        {
            .key = S_INIT("backup.keep_daily"),
            .group = S_INIT("backup"),
            .type = ST_INT,
            .def = S_INIT("7"),
            .min = 1,
            .max = 365,
            .label = LABEL("保留每日备份", "Daily backups kept"),
            .doc = LABEL("每天最新的一份，保留几天。",
                         "The newest of each day, for so many days."),
        },
    [SETTING_BACKUP_KEEP_WEEKLY] =
        {
            .key = S_INIT("backup.keep_weekly"),
            .group = S_INIT("backup"),
            .type = ST_INT,
            .def = S_INIT("4"),
            .min = 0,
            .max = 520,
            .label = LABEL("保留每周备份", "Weekly backups kept"),
            .doc = LABEL("每周最新的一份，保留几周。",
                         "The newest of each week, for so many weeks."),
        },
    [SETTING_BIN_KEEP_DAYS] =
        {
            .key = S_INIT("bin.keep_days"),
            .group = S_INIT("bin"),
            .type = ST_INT,
            .def = S_INIT("30"),
            .min = 0,
            .max = 3650,
            .label = LABEL("回收站保留天数", "Days in the bin"),
            .doc = LABEL("超过天数的记录和附件在夜间永久删除；0 "
                         "表示永久保留。",
                         "Older records and attachments go for good "
                         "at night;"
                         " 0 keeps them for ever."),
        },
    [SETTING_LIMIT_USER_RATE] =
        {
            .key = S_INIT("limit.user_rate"),
            .group = S_INIT("limit"),
            .type = ST_INT,
            .def = S_INIT("300"),
            .min = 0,
            .max = 1000000,
            .label = LABEL("用户每秒请求数", "Requests a second of one user"),
            .doc = LABEL("每个用户、每个令牌长期允许的速度，0 为不限。",
                         "What a user or a token may keep up; 0: no "
                         "limit."),
        },
    [SETTING_LIMIT_USER_BURST] =
        {
            .key = S_INIT("limit.user_burst"),
            .group = S_INIT("limit"),
            .type = ST_INT,
            .def = S_INIT("3000"),
            .min = 1,
            .max = 1000000,
            .label = LABEL("用户突发请求数", "Requests at once of one user"),
            .doc = LABEL("短时间内可以超过上面速度的请求数。",
                         "How many may come at once above that."),
        },
    [SETTING_LIMIT_ADDRESS_RATE] =
        {
            .key = S_INIT("limit.address_rate"),
            .group = S_INIT("limit"),
            .type = ST_INT,
            .def = S_INIT("50"),
            .min = 0,
            .max = 1000000,
            .label = LABEL("未登录地址每秒请求数",
                           "Requests a second without sign-in"),
            .doc = LABEL("每个网络地址未登录时允许的速度，0 为不限。",
                         "What an address may keep up without signing "
                         "in; 0: "
                         "no limit."),
        },
    [SETTING_LIMIT_ADDRESS_BURST] =
        {
            .key = S_INIT("limit.address_burst"),
            .group = S_INIT("limit"),
            .type = ST_INT,
            .def = S_INIT("1000"),
            .min = 1,
            .max = 1000000,
            .label = LABEL("未登录地址突发请求数",
                           "Requests at once without sign-in"),
            .doc = LABEL("短时间内可以超过上面速度的请求数。",
                         "How many may come at once above that."),
        },
    [SETTING_LIMIT_WAIT_MS] =
        {
            .key = S_INIT("limit.wait_ms"),
            .group = S_INIT("limit"),
            .type = ST_INT,
            .def = S_INIT("150"),
            .min = 0,
            .max = 60000,
            .label =
                LABEL("请求最长等待（毫秒）", "Longest wait of a request (ms)"),
            .doc = LABEL("预计要等更久的请求立即以 503 拒绝，0 为不限。",
                         "What would wait longer is refused at once with "
                         "503; "
                         "0: no limit."),
        },
    [SETTING_FILES_MAX_MB] =
        {
            .key = S_INIT("files.max_mb"),
            .group = S_INIT("files"),
            .type = ST_INT,
            .def = S_INIT("50"),
            .min = 1,
            .max = 200,
            .label = LABEL("单个附件上限（MB）", "Largest attachment, MB"),
            .doc = LABEL("超过的文件不能上传。",
                         "Larger files can't be uploaded."),
        },
    [SETTING_FILES_QUOTA_MB] =
        {
            .key = S_INIT("files.quota_mb"),
            .group = S_INIT("files"),
            .type = ST_INT,
            .def = S_INIT("10240"),
            .min = 1,
            .max = 10485760,
            .label = LABEL("附件总容量（MB）", "Space for attachments, MB"),
            .doc = LABEL("所有附件合计，包括回收站中的。",
                         "All attachments together, those in the bin too."),
        },
};
