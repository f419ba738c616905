/* schtasks.exe for tests: Wine's own does nothing and fails. It writes down what it was asked, and whether the file
 * with the task was there at that moment and is UTF-16 with a mark, as the real one wants it. */
#include <stdio.h>
#include <string.h>

int main(int count, char **arguments)
{
    FILE *log = fopen("C:\\schtasks.log", "ab");
    if (!log)
        return 2;
    for (int index = 1; index < count; index++)
        fprintf(log, "%s%s", index > 1 ? "|" : "", arguments[index]);
    for (int index = 1; index + 1 < count; index++) {
        if (strcmp(arguments[index], "/XML") == 0) {
            FILE *task = fopen(arguments[index + 1], "rb");
            int mark = task ? fgetc(task) << 8 | fgetc(task) : 0;
            fprintf(log, mark == 0xfffe ? "|readable" : "|unreadable");
            if (task)
                fclose(task);
        }
    }
    fprintf(log, "\n");
    fclose(log);
    /* So that a test can have it fail. */
    log = fopen("C:\\schtasks.fails", "rb");
    if (log)
        fclose(log);
    return log ? 1 : 0;
}
