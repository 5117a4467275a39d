/* Tables of the demonstration company and its random numbers. Pure. All
 * persons, companies and numbers are invented. */
#include "app/demo_words.h"

#define T(s) S_INIT(s)

uint64_t demo_next(struct demo_random *r) {
    uint64_t z = r->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

size_t demo_below(struct demo_random *r, size_t n) {
    return (size_t)(demo_next(r) % n);
}

int64_t demo_between(struct demo_random *r, int64_t low, int64_t high) {
    return low + (int64_t)demo_below(r, (size_t)(high - low + 1));
}

bool demo_chance(struct demo_random *r, int percent) {
    return demo_below(r, 100) < (size_t)percent;
}

const struct demo_place demo_places[] = {
    {T("上海市"), T("上海"), T("021"), false},
    {T("江苏省"), T("苏州"), T("0512"), false},
    {T("浙江省"), T("杭州"), T("0571"), false},
    {T("广东省"), T("深圳"), T("0755"), true},
    {T("江苏省"), T("南京"), T("025"), false},
    {T("广东省"), T("广州"), T("020"), true},
    {T("浙江省"), T("宁波"), T("0574"), false},
    {T("福建省"), T("厦门"), T("0592"), true},
    {T("广东省"), T("佛山"), T("0757"), true},
    {T("江苏省"), T("无锡"), T("0510"), false},
    {T("湖南省"), T("长沙"), T("0731"), true},
    {T("安徽省"), T("合肥"), T("0551"), false},
};
const size_t demo_place_count = COUNT_OF(demo_places);

const struct demo_trade demo_trades[] = {
    {T("it"), T("科技"), T("行政经理")},
    {T("manufacturing"), T("机械制造"), T("采购主管")},
    {T("wholesale_retail"), T("贸易"), T("总经理")},
    {T("education"), T("教育咨询"), T("行政主任")},
    {T("business_services"), T("管理咨询"), T("办公室主任")},
    {T("construction"), T("建筑工程"), T("采购经理")},
    {T("hospitality"), T("餐饮管理"), T("店长")},
    {T("health"), T("医疗器械"), T("采购经理")},
    {T("culture"), T("文化传媒"), T("行政主管")},
    {T("transport"), T("物流"), T("运营经理")},
    {T("manufacturing"), T("电子"), T("采购专员")},
    {T("research"), T("生物技术"), T("实验室主管")},
};
const size_t demo_trade_count = COUNT_OF(demo_trades);

#define GOODS T("goods")
#define SERVICE T("service")
const struct demo_product demo_products[] = {
    {T("P1001"), T("A4复印纸 70g 5包装"), T("箱"), T("纸品"), GOODS, 12900,
     9800, 10},
    {T("P1002"), T("A3复印纸 80g"), T("箱"), T("纸品"), GOODS, 23800, 18900, 4},
    {T("P1003"), T("彩色卡纸 A4"), T("包"), T("纸品"), GOODS, 2600, 1500, 6},
    {T("P1004"), T("热敏收银纸 57mm"), T("箱"), T("纸品"), GOODS, 8800, 6100,
     8},
    {T("P2001"), T("中性笔 0.5mm 黑"), T("盒"), T("文具"), GOODS, 1880, 990,
     12},
    {T("P2002"), T("白板笔 四色"), T("套"), T("文具"), GOODS, 1650, 820, 6},
    {T("P2003"), T("订书机 重型"), T("台"), T("文具"), GOODS, 6900, 4300, 2},
    {T("P2004"), T("档案盒 55mm"), T("箱"), T("文具"), GOODS, 9600, 6600, 5},
    {T("P2005"), T("皮面笔记本 B5"), T("本"), T("文具"), GOODS, 3200, 1700, 20},
    {T("P3001"), T("黑白激光打印机 L200"), T("台"), T("设备"), GOODS, 129900,
     99800, 1},
    {T("P3002"), T("彩色激光打印机 C500"), T("台"), T("设备"), GOODS, 289900,
     228000, 1},
    {T("P3003"), T("数码复合机 MX3055"), T("台"), T("设备"), GOODS, 1880000,
     1490000, 1},
    {T("P3004"), T("碎纸机 20升"), T("台"), T("设备"), GOODS, 69900, 48000, 1},
    {T("P3005"), T("高速扫描仪 S1500"), T("台"), T("设备"), GOODS, 359900,
     276000, 1},
    {T("P3006"), T("投影仪 4500流明"), T("台"), T("设备"), GOODS, 459900,
     358000, 1},
    {T("P3007"), T("会议平板 75寸"), T("台"), T("设备"), GOODS, 1599900,
     1240000, 1},
    {T("P3101"), T("硒鼓 L200 原装"), T("支"), T("耗材"), GOODS, 46800, 33900,
     4},
    {T("P3102"), T("墨粉 C500 四色"), T("套"), T("耗材"), GOODS, 128000, 93000,
     2},
    {T("P3103"), T("复合机碳粉 MX"), T("支"), T("耗材"), GOODS, 58000, 41000,
     4},
    {T("P4001"), T("人体工学椅 E3"), T("把"), T("家具"), GOODS, 129900, 82000,
     6},
    {T("P4002"), T("升降办公桌 1.4米"), T("张"), T("家具"), GOODS, 189900,
     128000, 4},
    {T("P4003"), T("会议桌 3.6米"), T("张"), T("家具"), GOODS, 459900, 310000,
     1},
    {T("P4004"), T("铁皮文件柜 双节"), T("组"), T("家具"), GOODS, 65900, 44000,
     3},
    {T("P4005"), T("屏风工位 四人位"), T("组"), T("家具"), GOODS, 358000,
     246000, 2},
    {T("P5001"), T("全自动咖啡机 X8"), T("台"), T("茶水"), GOODS, 569900,
     428000, 1},
    {T("P5002"), T("意式拼配咖啡豆 1kg"), T("袋"), T("茶水"), GOODS, 13800,
     8600, 8},
    {T("P5003"), T("明前龙井 250g"), T("罐"), T("茶水"), GOODS, 36800, 21000,
     4},
    {T("P5004"), T("桶装饮用水 18.9升"), T("桶"), T("茶水"), GOODS, 2200, 1100,
     20},
    {T("P5005"), T("一次性纸杯 1000只"), T("箱"), T("茶水"), GOODS, 8900, 5700,
     3},
    {T("P6001"), T("打印设备年度维保"), T("年"), T("服务"), SERVICE, 360000,
     150000, 1},
    {T("P6002"), T("上门安装调试"), T("次"), T("服务"), SERVICE, 30000, 12000,
     1},
    {T("P6003"), T("办公空间规划设计"), T("项"), T("服务"), SERVICE, 1280000,
     620000, 1},
};
const size_t demo_product_count = COUNT_OF(demo_products);

#define OUT T("outbound")
#define IN T("inbound")
const struct demo_talk demo_talks[] = {
    {T("phone"), OUT, T("fine"),
     T("回访上次到货情况，纸张和硒鼓都已签收，客户满意。"), T(""), 30},
    {T("visit"), OUT, T("fine"),
     T("上门拜访，介绍新款复合机和维保方案，客户要求下周报价。"), T(""), 7},
    {T("wechat"), IN, T("fine"),
     T("客户微信询问人体工学椅的交期，答复现货三天内送达。"), T(""), 3},
    {T("phone"), IN, T("poor"),
     T("反映上批档案盒有两箱破损，已安排换货并致歉。"), T(""), 5},
    {T("visit"), OUT, T("delighted"),
     T("陪同工程师完成设备安装，现场培训使用方法，客户非常满意。"), T(""), 60},
    {T("phone"), OUT, T("poor"), T("跟进报价，客户认为价格偏高，需要再比较。"),
     T("价格比同行高约一成"), 14},
    {T("email"), OUT, T("fine"), T("发送年度框架协议草案，等待对方法务审阅。"),
     T(""), 10},
    {T("wechat"), OUT, T("fine"),
     T("节日问候，顺便提醒耗材用量，客户表示月底一并下单。"), T(""), 21},
    {T("phone"), OUT, T(""), T("电话未接通，已发短信说明来意。"), T(""), 2},
    {T("visit"), OUT, T("fine"),
     T("与采购和财务一起核对账期，同意月结三十天。"), T(""), 30},
    {T("phone"), IN, T("fine"),
     T("咨询咖啡机租赁，介绍以豆换机方案，约定现场品鉴。"), T(""), 7},
    {T("visit"), IN, T("delighted"),
     T("客户来展厅参观升降桌和会议平板，当场确定样板间方案。"), T(""), 10},
    {T("phone"), OUT, T("very_poor"),
     T("客户已改用另一家供应商，原因是上次送货延误两天。"), T("送货不及时"), 0},
    {T("email"), IN, T("fine"), T("来函索取发票和对账单，已当天寄出。"), T(""),
     0},
    {T("phone"), OUT, T("fine"),
     T("了解到对方下季度搬迁新址，有家具和网络布线需求。"), T("预算尚未批准"),
     20},
    {T("counter"), IN, T("fine"), T("到店自提打印纸和墨粉，办理会员登记。"),
     T(""), 0},
};
const size_t demo_talk_count = COUNT_OF(demo_talks);

const struct str demo_tasks[] = {
    T("寄送新版产品目录"), T("跟进复合机报价"), T("确认下月耗材用量"),
    T("安排设备保养"),     T("催收上月货款"),   T("拜访采购负责人"),
    T("补签年度框架协议"), T("回访安装效果"),   T("准备样品并预约演示"),
    T("更新开票资料"),
};
const size_t demo_task_count = COUNT_OF(demo_tasks);

static const struct str surnames[] = {
    T("王"), T("李"), T("张"),   T("刘"),   T("陈"), T("杨"), T("赵"), T("黄"),
    T("周"), T("吴"), T("徐"),   T("孙"),   T("胡"), T("朱"), T("高"), T("林"),
    T("何"), T("郭"), T("马"),   T("罗"),   T("梁"), T("宋"), T("郑"), T("谢"),
    T("韩"), T("唐"), T("冯"),   T("于"),   T("董"), T("萧"), T("程"), T("曾"),
    T("单"), T("仇"), T("欧阳"), T("上官"), T("解"),
};
static const struct str men[] = {
    T("伟"),   T("强"),   T("建国"), T("志明"), T("俊杰"), T("浩然"),
    T("文博"), T("国栋"), T("宇航"), T("子轩"), T("海波"), T("立新"),
    T("嘉豪"), T("天佑"), T("晓峰"), T("德华"), T("明远"), T("家明"),
};
static const struct str women[] = {
    T("芳"),   T("静"),   T("丽娟"), T("秀英"), T("婷婷"), T("雨欣"),
    T("梦瑶"), T("佳怡"), T("雪梅"), T("晓燕"), T("思琪"), T("慧敏"),
    T("文静"), T("美玲"), T("嘉欣"), T("若曦"), T("海燕"),
};
static const struct str first_halves[] = {
    T("华"), T("鼎"), T("瑞"), T("恒"), T("博"), T("远"), T("新"),
    T("嘉"), T("云"), T("星"), T("盛"), T("宏"), T("天"), T("海"),
    T("金"), T("睿"), T("明"), T("安"), T("中"),
};
static const struct str second_halves[] = {
    T("信"), T("达"), T("泰"), T("联"), T("腾"), T("创"),
    T("通"), T("诚"), T("锐"), T("图"), T("智"), T("和"),
    T("源"), T("兴"), T("纳"), T("为"), T("康"),
};

struct str demo_person_name(struct arena *a, size_t number, bool *female) {
    size_t n = number / COUNT_OF(surnames);
    struct str surname = surnames[(number * 7) % COUNT_OF(surnames)];
    *female = (n + number % COUNT_OF(surnames)) % 2 == 1;
    struct str given = *female ? women[(n + number * 3) % COUNT_OF(women)]
                               : men[(n + number * 5) % COUNT_OF(men)];
    return str_cat(a, surname, given);
}

struct str demo_company_name(struct arena *a, size_t number,
                             const struct demo_place *place,
                             const struct demo_trade *trade,
                             struct str *short_name) {
    size_t second = number / COUNT_OF(first_halves);
    struct str x = first_halves[number % COUNT_OF(first_halves)];
    struct str y = second_halves[(number + second) % COUNT_OF(second_halves)];
    *short_name = str_cat(a, x, y);
    return str_fmt(a, STR_FMT STR_FMT STR_FMT "有限公司", STR_ARG(place->city),
                   STR_ARG(*short_name), STR_ARG(trade->suffix));
}
