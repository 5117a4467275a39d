/* Tab. */
	int a; 
