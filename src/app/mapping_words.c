/* The table of header words, nothing else. Pure data. */
#include "app/mapping_words.h"

const struct mapping_words mapping_words[] = {
    {"orders", "order.number",
     "invoiceno|invoice|invoicenumber|invoiceid|orderno|orderid|ordernumber|"
     "billno|docno|documentno|transactionid|订单编号|单号|发票号|发票号码|"
     "单据编号|单据号|销售单号|交易号|订单|订单id"},
    {"orders", "order.ordered_on",
     "invoicedate|orderdate|date|orderedat|orderedon|purchasedate|saledate|"
     "salesdate|transactiondate|订单日期|下单时间|日期|销售日期|开票日期|"
     "交易日期|单据日期|成交时间|成交日期|付款时间|订单时间"},
    {"orders", "order_line.quantity",
     "qty|units|pieces|quantityordered|件数|销量|购买数量|销售数量"},
    {"orders", "order_line.unit_price",
     "price|unitprice|priceeach|价格|售价|销售单价|成交单价|含税单价"},
    {"orders", "order_line.amount",
     "total|linetotal|lineamount|subtotal|totalprice|小计|行金额|销售额|"
     "销售金额|总价|成交金额|总金额|含税金额|订单金额|订单总额|价税合计|"
     "应收金额|实付金额|实收金额|合计金额"},
    {"orders", "order.currency", "currency|currencycode|货币"},
    {"orders", "product.code",
     "stockcode|sku|productcode|productid|productno|itemno|itemcode|item|"
     "articleno|货号|商品编码|商品编号|产品编码|产品代码|物料编码|存货编码|"
     "款号|商品代码"},
    {"orders", "product.name",
     "description|productname|itemname|itemdescription|product|goods|"
     "商品名称|品名|商品|产品|货品名称|存货名称|物料名称"},
    {"orders", "product.unit", "uom|unit|计量单位"},
    {"orders", "product.category",
     "productcategory|producttype|品类|分类|产品类别|商品分类|商品类别"},
    {"orders", "customer.external_id",
     "customerid|customerno|customernumber|customercode|custid|clientid|"
     "memberid|userid|客户代码|客户编码|客户编号|客户号|会员号|会员编号|"
     "会员id|买家id|用户id|客户id"},
    {"orders", "customer.name",
     "customername|customer|client|clientname|company|companyname|account|"
     "accountname|buyer|buyername|客户|客户姓名|姓名|公司|公司名称|单位名称|"
     "企业名称|购货单位|客户名称|客户全称|客户简称|往来单位|买家|买家姓名|"
     "收货人|会员姓名"},
    {"customers", "customer.external_id",
     "id|externalid|customerid|clientid|外部编号|系统编号"},
    {"customers", "customer.code",
     "customerno|customernumber|customercode|编号|客户代码|客户编码|客户号"},
    {"customers", "customer.name",
     "customername|company|companyname|organization|account|accountname|"
     "fullname|客户|名称|姓名|公司|公司名称|企业名称|单位名称|客户姓名"},
    {"customers", "customer.legal_representative", "法人|法人代表"},
    {"customers", "customer.kind", "客户类型|customertype|type|类型"},
    {"contacts", "contact.external_id", "id|externalid|contactid"},
    {"contacts", "contact.name",
     "fullname|contactname|contact|联系人|联系人姓名|名字"},
    {"contacts", "contact.customer_id",
     "company|organization|account|customername|companyname|customerid|公司|"
     "单位|公司名称|客户名称|所属客户|企业名称|单位名称|客户编号"},
    {"contacts", "contact.job_title", "title|position|role|职务|岗位"},
    {"products", "product.external_id", "id|externalid|productid"},
    {"products", "product.code",
     "sku|stockcode|productcode|productno|itemno|itemcode|货号|商品编码|"
     "商品编号|产品编码|产品代码|物料编码|存货编码|款号|编号|编码"},
    {"products", "product.name",
     "productname|product|description|itemname|商品名称|品名|名称|货品名称"},
    {"products", "product.price", "unitprice|listprice|salesprice|售价|价格"},
    {"products", "product.category",
     "producttype|series|品类|分类|产品类别|商品分类"},
    {"", "customer.phone",
     "mobile|tel|telephone|phonenumber|cellphone|mobilephone|phone1|手机|"
     "手机号|手机号码|电话号码|联系电话|联系方式"},
    {"", "contact.phone",
     "mobile|tel|telephone|phonenumber|cellphone|mobilephone|phone1|手机|"
     "手机号|手机号码|电话号码|联系电话|联系方式"},
    {"", "customer.email", "mail|emailaddress|email1|邮箱|电子邮件"},
    {"", "contact.email", "mail|emailaddress|email1|邮箱|电子邮件"},
    {"", "customer.country", "countryregion|nation|国家|国家地区"},
    {"", "customer.province", "state|stateprovince|省|省市"},
    {"", "customer.city", "town|市|所在城市"},
    {"", "customer.address",
     "street|streetaddress|address1|详细地址|收货地址|联系地址|通讯地址"},
    {"", "customer.postal_code", "postcode|zip|zipcode|邮编"},
    {"", "customer.industry", "sector|所属行业"},
    {"", "customer.owner_id",
     "owner|salesperson|salesrep|salesman|accountmanager|业务员|销售员|"
     "负责人|销售代表|销售人员|业务员姓名|客户经理|跟进人"},
    {"", "customer.employees", "employee|headcount|员工数"},
};
const size_t mapping_words_count = COUNT_OF(mapping_words);
