/* Loads libxlsxwriter. Owns nothing. Any thread. */
#include "app/workbook.h"

#include "base/library.h"

bool workbook_library_open(struct workbook_library *l) {
    static const char *const names[] = {"libxlsxwriter.so.4"};
    const struct library_symbol all[] = {
        {"workbook_new_opt", &l->create},
        {"workbook_add_worksheet", &l->add_page},
        {"workbook_add_format", &l->add_format},
        {"workbook_close", &l->close},
        {"lxw_workbook_free", &l->discard},
        {"format_set_num_format", &l->set_number_format},
        {"format_set_bold", &l->set_bold},
        {"worksheet_freeze_panes", &l->freeze},
        {"worksheet_set_column", &l->set_column},
        {"worksheet_write_string", &l->write_string},
        {"worksheet_write_number", &l->write_number},
    };
    return library_open(names, COUNT_OF(names), all, COUNT_OF(all));
}
