/* The exceptions of ISO 4217; everything else has two digits. */
#include "base/currency.h"

int currency_digits(struct str code) {
    static const char *const none[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                       "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
                                       "VUV", "XAF", "XOF", "XPF"};
    static const char *const three[] = {"BHD", "IQD", "JOD", "KWD",
                                        "LYD", "OMR", "TND"};
    for (size_t i = 0; i < COUNT_OF(none); i++)
        if (str_eqc(code, none[i]))
            return 0;
    for (size_t i = 0; i < COUNT_OF(three); i++)
        if (str_eqc(code, three[i]))
            return 3;
    return 2;
}

bool currency_is_code(struct str code) {
    if (code.n != 3)
        return false;
    for (size_t i = 0; i < 3; i++)
        if (code.p[i] < 'A' || code.p[i] > 'Z')
            return false;
    return true;
}
