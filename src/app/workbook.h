/* libxlsxwriter, loaded when an .xlsx file is asked for (base/library.h). */
#ifndef APP_WORKBOOK_H
#define APP_WORKBOOK_H

#include "base/compiler.h"

#include <xlsxwriter.h>

/* The functions used, with the types of the library's own header. */
struct workbook_library {
    __typeof__(workbook_new_opt) *create;
    __typeof__(workbook_add_worksheet) *add_page;
    __typeof__(workbook_add_format) *add_format;
    __typeof__(workbook_close) *close;
    __typeof__(lxw_workbook_free) *discard;
    __typeof__(format_set_num_format) *set_number_format;
    __typeof__(format_set_bold) *set_bold;
    __typeof__(worksheet_freeze_panes) *freeze;
    __typeof__(worksheet_set_column) *set_column;
    __typeof__(worksheet_write_string) *write_string;
    __typeof__(worksheet_write_number) *write_number;
};

/* False when the library is not installed. */
bool workbook_library_open(struct workbook_library *l) MUST_CHECK;

#endif
